"""The audit trail: who did what to whom, written in the transaction of the deed itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, UserSession


@dataclass(frozen=True)
class Actor:
    """Who does something, and from where.

    :param user: the account; None for a command or the service itself.
    :param name: how the trail calls the actor where there is no account.
    :param client: address and user agent; None where no request is behind it.
    :param session: the login session through which the API is called; None elsewhere.
    """

    user: AbstractBaseUser | None = None
    name: str = ""
    client: Client | None = None
    session: UserSession | None = None

    @property
    def account(self) -> AbstractBaseUser:
        """The account that acts, where only one that is logged in gets here."""
        assert self.user is not None
        return self.user

    @classmethod
    def of(cls, request: HttpRequest) -> "Actor":
        """The authenticated user of a request, as the API or the admin knows them."""
        user = request.user
        return cls(
            user=user if user.is_authenticated else None,
            client=Client.of(request),
            # Only the API's requests have one.
            session=getattr(request, "auth", None),
        )


def event(
    kind: AuditEvent.Kind,
    actor: Actor,
    *,
    subject: AbstractBaseUser | None = None,
    reason: str = "",
    **detail: object,
) -> AuditEvent:
    """An unsaved event.

    :param subject: the account to which it is done.
    :param reason: why, in the actor's words.
    :param detail: what else is worth keeping, as JSON. Never a password or a token.
    """
    client = actor.client
    return AuditEvent(
        kind=kind,
        actor_id=actor.user.pk if actor.user else None,
        actor_name=actor.user.get_username() if actor.user else actor.name,
        subject_id=subject.pk if subject else None,
        subject_name=subject.get_username() if subject else "",
        address=client.address if client else None,
        user_agent=client.user_agent if client else "",
        detail=detail | ({"reason": reason} if reason else {}),
    )


def record(kind: AuditEvent.Kind, actor: Actor, **what: Any) -> None:
    """Keep one event; the parameters are those of :func:`event`."""
    event(kind, actor, **what).save()


def record_all(events: Iterable[AuditEvent]) -> None:
    """Keep several events with one statement."""
    AuditEvent.objects.bulk_create(events)
