"""Writing notices, in the transaction of the operation that they are about."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Min, TextChoices
from django.utils import timezone

from sessions_api.accounts.mail import address_of
from sessions_api.adapter import adapter
from sessions_api.notices.models import ADDRESS_LENGTH, NEW_PASSWORD_LINK, Notice, NoticeState
from sessions_api.notices.services.background import sender
from sessions_api.notices.services.delivery import RETRY_PERIOD
from sessions_api.notices.services.details import BY_OWNER, BY_STAFF, PASSWORD_MARK
from sessions_api.notices.services.readiness import can_be_sent
from sessions_api.passwords.marks import password_mark
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, is_wanted, own_mail

#: How many notices of a kind a user is sent in :data:`PERIOD`. Each kind counts by itself, so that
#: many harmless ones cannot keep a serious one from being sent. Those whose link is closed do not
#: count: once the account has been secured, the owner is told of everything again.
MOST_OF_A_KIND = 10
PERIOD = timedelta(days=1)


#: The kinds of this app whose mail has a link to disown it. Not where the account is secured.
LINKED = frozenset(NoticeKind) - {NoticeKind.SECURED}


def oldest_waiting_notice() -> datetime | None:
    """Return when the notice was written that has been waiting longest to be sent."""
    waiting = Notice.objects.filter(NoticeState.WAITING.condition)
    # Those that wait are few, and have an index; there is none on both columns.
    oldest: datetime | None = waiting.order_by().aggregate(at=Min("created_at"))["at"]
    return oldest


def are_sent(kind: TextChoices) -> bool:
    """Return whether notices of a kind are sent: the settings want them, and mail can be sent."""
    return is_wanted(kind) and can_be_sent()


def is_told(kind: TextChoices, owner: AbstractBaseUser, address: str | None = None) -> bool:
    """Return whether an owner is told of things of a kind. The host's adapter may say no.

    :param address: the email address to tell; by default the owner's.
    """
    is_possible = are_sent(kind) and _is_usable(_address(owner, address))
    return is_possible and adapter().wants_notice(owner, kind.value)


def write_notices(
    kind: TextChoices,
    owners: Collection[AbstractBaseUser],
    *,
    actor: Actor,
    address: str | None = None,
    detail: dict[str, object],
) -> None:
    """Write a notice to each owner who can be told, if such notices are sent.

    Takes two queries, and none if nobody is to be told. The parameters are those of
    :meth:`~sessions_api.services.notices.Notices.tell`.
    """
    told = {owner.pk: owner for owner in owners if is_told(kind, owner, address)}
    if not told:
        return
    now = timezone.now()
    recent = Notice.objects.filter(user__in=told, kind=kind, created_at__gt=now - PERIOD)
    if _is_linked(kind):
        recent = recent.filter(link_closed_at=None)
    counts = dict(recent.order_by().values_list("user").annotate(Count("pk")))
    _save(
        _notice(
            owner,
            kind,
            _address(owner, address),
            detail | _circumstances(owner, actor),
            now=now,
            is_held_back=counts.get(key, 0) >= MOST_OF_A_KIND,
        )
        for key, owner in told.items()
    )


def write_new_password_link(owner: AbstractBaseUser, address: str) -> None:
    """Write the mail with a link for a new password. The link is made when it is sent.

    :param owner: with the password that nobody knows; with another one, no link is sent.
    """
    detail: dict[str, object] = {PASSWORD_MARK: password_mark(owner.password)}
    _save([_notice(owner, NEW_PASSWORD_LINK, address, detail, now=timezone.now())])


def _save(notices: Iterable[Notice]) -> None:
    Notice.objects.bulk_create(notices)
    transaction.on_commit(sender().wake, robust=True)


def _notice(
    owner: AbstractBaseUser,
    kind: str,
    address: str,
    detail: dict[str, object],
    *,
    now: datetime,
    is_held_back: bool = False,
) -> Notice:
    return Notice(
        # The type checker knows this project's user model only.
        user=owner,  # type: ignore[misc]
        kind=kind,
        address=address,
        detail=detail,
        created_at=now,
        due_at=None if is_held_back else now,
        give_up_at=now + RETRY_PERIOD,
        is_held_back=is_held_back,
        link_closed_at=None if _is_linked(kind) else now,
    )


def _is_linked(kind: str) -> bool:
    mail = own_mail(kind)
    return mail.is_linked if mail else kind in LINKED


def _address(owner: AbstractBaseUser, address: str | None) -> str:
    return address_of(owner) if address is None else address


def _is_usable(address: str) -> bool:
    """Return whether an address can be stored, and is in one line, as headers need it."""
    return 0 < len(address) <= ADDRESS_LENGTH and address.isprintable()


def _circumstances(owner: AbstractBaseUser, actor: Actor) -> dict[str, object]:
    """Return who has done it and, if that was the owner's account itself, from where.

    Where staff work is nobody else's business.
    """
    if actor.user is None:
        return {}
    if actor.user.pk != owner.pk:
        return {"by": BY_STAFF}
    client = actor.client
    where = {"address": client.address, "user_agent": client.user_agent} if client else {}
    return {"by": BY_OWNER, **where}
