"""The port for notices to the owners of accounts, at which an app registers its implementation.

:mod:`sessions_api.notices` does so if a host has installed it, and mails them. Without an
implementation no notices are sent. Services call the port in the transaction of the operation, so
that a notice is neither lost after a commit nor sent after a rollback.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.kinds import AccountKey
from sessions_api.choices import OpenChoices
from sessions_api.conf import api_settings
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor


class NoticeKind(TextChoices):
    """The kinds of notices. The setting ``NOTICES`` names those that are sent."""

    NEW_LOGIN = "new_login", _("login from a new device or place")
    NEW_PASSWORD = "new_password", _("new password")
    NEW_EMAIL = "new_email", _("new email address")
    FACTOR_ADDED = "factor_added", _("second factor added")
    FACTORS_REMOVED = "factors_removed", _("second factors removed")
    BACKUP_CODES = "backup_codes", _("new backup codes")
    SCOPED_SESSION = "scoped_session", _("scoped session created")
    SESSIONS_ENDED = "sessions_ended", _("sessions ended by staff")
    BANNED = "banned", _("account banned")
    SECURED = "secured", _("account secured by staff")


#: Writes the mail of a notice: returns its subject, in one line, and then sentences. It gets the
#: kind, and the values for placeholders: ``site``, and the details. Texts that users may have
#: chosen are cut and made harmless; lists and mappings are left out.
Writer = Callable[[str, Mapping[str, object]], Sequence[str]]

KINDS = OpenChoices(NoticeKind, taken=["new_password_link"])


@dataclass(frozen=True)
class OwnMail:
    """The mail of notices of another app's kinds.

    :param write: returns its text.
    :param is_linked: whether it has the link "This wasn't me", which secures the account.
    """

    write: Writer
    is_linked: bool


_mails: dict[str, OwnMail] = {}


def register_kinds(kinds: type[TextChoices], write: Writer, *, is_linked: bool = True) -> None:
    """Register kinds of notices of another app, which ``tell()`` takes and ``NOTICES`` may name.

    Call this from the ``ready()`` method of the app's configuration.

    :param write: see :data:`Writer`. It is called when the mail is sent, in the site's language.
    :param is_linked: whether the mail has the link "This wasn't me", which secures the account.
    :raises ValueError: a value is registered already, is empty, or is longer than 32 characters.
    """
    KINDS.register(kinds)
    for kind in kinds:
        _mails[kind.value] = OwnMail(write, is_linked)


def own_mail(kind: str) -> OwnMail | None:
    """Return the mail of another app's kind; None for a kind of this app, or of nobody."""
    return _mails.get(kind)


def are_wanted() -> bool:
    """Return whether ``NOTICES`` names any kind."""
    named = api_settings().NOTICES
    return named is None or bool(named)


def is_wanted(kind: TextChoices) -> bool:
    """Return whether ``NOTICES`` names a kind. By default it names those of all apps."""
    named = api_settings().NOTICES
    return named is None or kind in named


class Notices:
    """The interface of notices, and the default implementation: no notices are sent."""

    def tell(
        self,
        kind: TextChoices,
        owners: Collection[AbstractBaseUser],
        *,
        actor: Actor,
        address: str | None = None,
        detail: dict[str, object],
    ) -> None:
        """Notify the owners of accounts of an operation on them.

        :param owners: as the database has them in this transaction.
        :param actor: who performed it: the owner, somebody who uses the account, or staff.
        :param address: the email address to send to; by default each owner's.
        :param detail: further data for the text that can be stored as JSON.
        """

    def are_sent(self, kind: TextChoices) -> bool:
        """Return whether notices of a kind are sent at all."""
        return False

    def reach(self, kind: TextChoices, owner: AbstractBaseUser) -> bool:
        """Return whether :meth:`tell` would notify an owner: they have an address, and want it."""
        return False

    def learn_origins(self, owner: AbstractBaseUser, session: UserSession) -> Collection[str]:
        """Remember the origins of a login.

        :param owner: as the database has them in this transaction, locked.
        :param session: the full session that the login has created.
        :returns: the kinds of origins that are new; empty if no notice is to be sent.
        """
        return ()

    def forget_origins(
        self, owners: Collection[AccountKey], *, keep: UserSession | None = None
    ) -> None:
        """Forget the origins of users' logins, because all their sessions have ended.

        :param owners: primary keys.
        :param keep: a session that goes on, whose origins are kept.
        """

    def note_secured(self, owner: AbstractBaseUser) -> None:
        """Forget the origins of a user's logins, and void the links of earlier notices."""


_registered = Notices()
_are_suppressed: ContextVar[bool] = ContextVar("are_suppressed", default=False)


def register(implementation: Notices) -> None:
    """Register an implementation. An app calls this from its ``AppConfig.ready()``."""
    global _registered
    _registered = implementation


def notices() -> Notices:
    """Return the registered implementation, or the default."""
    return _registered


@contextmanager
def suppress_notices() -> Iterator[None]:
    """Send no notices of what is done within this context: the whole operation has its own."""
    token = _are_suppressed.set(True)
    try:
        yield
    finally:
        _are_suppressed.reset(token)


def note_login(owner: AbstractBaseUser, session: UserSession, *, actor: Actor) -> None:
    """Remember the origins of a login, and notify the owner if any of them is new.

    Call it in the transaction of the login, with the account locked.
    """
    if new := notices().learn_origins(owner, session):
        tell(NoticeKind.NEW_LOGIN, owner, actor=actor, new=sorted(new))


def tell(
    kind: TextChoices,
    *owners: AbstractBaseUser,
    actor: Actor,
    address: str | None = None,
    **detail: object,
) -> None:
    """Notify owners of an operation on their accounts; see :meth:`Notices.tell`.

    Call it in the transaction of the operation.

    :raises LookupError: the kind is not registered.
    """
    KINDS.require(kind)
    if not _are_suppressed.get():
        notices().tell(kind, owners, actor=actor, address=address, detail=detail)


def tell_others(kind: TextChoices, owners: Iterable[AbstractBaseUser], *, actor: Actor) -> None:
    """As :func:`tell`, but only those who did not perform it themselves."""
    own = actor.user.pk if actor.user else None
    if others := [owner for owner in owners if owner.pk != own]:
        tell(kind, *others, actor=actor)
