"""Writing the audit log, in the transaction of the operation that it records."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import TextChoices
from django.http import HttpRequest
from django.utils import timezone

from sessions_api.accounts.kinds import Caller
from sessions_api.callers.clients import Client
from sessions_api.logs.request_ids import current_request_id
from sessions_api.models import AuditEvent, UserSession
from sessions_api.models.audit import KINDS


@dataclass(frozen=True)
class Actor:
    """Who performs an operation, and from where.

    :param user: the account; None for a command or the service itself.
    :param name: the actor's name in the log if there is no account.
    :param client: address and user agent; None outside a request.
    :param session: the session that authenticates the request, if it is one of ours; None for
        Django's own, and elsewhere.
    :param permissions: the permissions by which a staff member acts. Services check them again when
        the operation takes effect; see :mod:`sessions_api.services.authority`.
    """

    user: AbstractBaseUser | None = None
    name: str = ""
    client: Client | None = None
    session: UserSession | None = None
    permissions: tuple[str, ...] = ()

    @property
    def account(self) -> AbstractBaseUser:
        """The actor's account, for operations that require one."""
        assert self.user is not None
        return self.user

    @property
    def shown_name(self) -> str:
        """The name to record: that of the account, or the given one if nobody's account acts."""
        return self.user.get_username() if self.user else self.name

    @classmethod
    def of(cls, request: HttpRequest, *permissions: str) -> "Actor":
        """Return the actor behind a request to the API or the admin."""
        user = request.user
        return cls(
            user=user if user.is_authenticated else None,
            client=Client.of(request),
            session=_session_of(request, user),
            permissions=permissions,
        )


def _session_of(request: HttpRequest, user: Caller) -> UserSession | None:
    # Only requests to the API have this attribute.
    session: UserSession | None = getattr(request, "auth", None)
    if session is not None:
        return session
    # That of the console's middleware. A view may have found another user than by that session.
    session = getattr(request, "console_session", None)
    return session if session is not None and session.user_id == user.pk else None


#: The actor of a plain ``save()`` of an account, in a command or a host's own code.
UNNAMED = Actor(name="a change of the account")


def register_kinds(kinds: type[TextChoices]) -> None:
    """Register kinds of audit events of another app, with their labels.

    Call this from the ``ready()`` method of the app's configuration. The log keeps the values, so
    they must stay what they are; events of an app that is no longer installed are shown by them.

    :raises ValueError: a value is somebody else's, is empty, or is longer than 32 characters.
    """
    KINDS.register(kinds)


def event(
    kind: TextChoices,
    actor: Actor,
    *,
    subject: AbstractBaseUser | None = None,
    reason: str = "",
    **detail: object,
) -> AuditEvent:
    """Return an unsaved audit event.

    :param kind: one of :class:`AuditEvent.Kind`, or of another app's that are registered.
    :param subject: the account that is affected.
    :param reason: the actor's reason, in their words.
    :param detail: further data that can be stored as JSON. Never a password or a token.
    :raises LookupError: the kind is not registered.
    """
    KINDS.require(kind)
    client = actor.client
    return AuditEvent(
        kind=kind,
        at=timezone.now(),
        actor_id=actor.user.pk if actor.user else None,
        actor_name=actor.shown_name,
        subject_id=subject.pk if subject else None,
        subject_name=subject.get_username() if subject else "",
        address=client.address if client else None,
        user_agent=client.user_agent if client else "",
        request_id=current_request_id(),
        detail=detail | ({"reason": reason} if reason else {}),
    )


def record(kind: TextChoices, actor: Actor, **what: Any) -> None:
    """Save an audit event; the parameters are those of :func:`event`."""
    event(kind, actor, **what).save()


def record_all(events: Iterable[AuditEvent]) -> None:
    """Save several audit events with one statement."""
    AuditEvent.objects.bulk_create(events)
