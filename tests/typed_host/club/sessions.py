"""Uses of the session services in the host's code."""

from datetime import timedelta

from club.models import Member
from django.contrib.auth.base_user import AbstractBaseUser
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError, Banned
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor, record
from sessions_api.services.bans import set_banned
from sessions_api.services.ended_sessions import EndCause, EndedSessions
from sessions_api.services.login import log_in
from sessions_api.services.passwords import attributed_change, change_password
from sessions_api.services.session_creation import create_scoped_session, create_session
from sessions_api.services.sessions import end_all_sessions, end_sessions
from sessions_api.signals import ban_changed, login_failed, session_created, sessions_ended


def welcome(request: HttpRequest, member: Member) -> HttpResponse:
    client = Client.of(request)
    try:
        session, token = create_session(member, client=client, lifetime=timedelta(days=1))
    except Banned as error:
        return HttpResponse(error.message, status=error.status)
    name: str = session.name
    return HttpResponse(f"{name}: {token}")


def by_password(name: str, password: str, client: Client) -> str:
    try:
        _, token = log_in(name, password, client=client, lifetime=timedelta(hours=1))
    except ApiError as error:
        return error.code
    return token


def api_token(member: Member, parent: UserSession) -> str:
    _, token = create_scoped_session(
        member,
        client=Client(None, ""),
        lifetime=timedelta(days=365),
        dialect="",
        name="uploads",
        permission_flags=Scope.UPLOAD_FILE | Scope.FILE_READ,
        parent=parent,
    )
    return token


def leave(member: Member, request: HttpRequest) -> list[Member]:
    actor = Actor.of(request)
    ended: EndedSessions = end_all_sessions(member, actor=actor, reason="Left the club")
    old = UserSession.objects.owned_by(member).expired()
    end_sessions(old, actor=actor, owner=member)
    record(AuditEvent.Kind.ACCOUNT_CHANGED, actor, subject=member, fields=["email"])
    set_banned(member, True, actor=actor, reason="Left the club")
    return list(Member.objects.filter(pk__in=[one.user_id for one in ended]))


def reset(member: Member, new: str) -> AbstractBaseUser:
    actor = Actor(name="the host")
    with attributed_change(actor, reason="Lost phone"):
        member.set_password(new)
        member.save()
    return change_password(member, new, actor=actor)


@receiver(session_created)
def greet(*, session: UserSession, client: Client, **_: object) -> None:
    print(session.sid, client.address or "somewhere")


@receiver(sessions_ended)
def tell(*, ended: EndedSessions, actor: Actor, reason: str, cause: EndCause, **_: object) -> None:
    print(len(ended), [one.sid for one in ended], actor.name, reason, cause.value)


@receiver(login_failed)
def warn(*, user: AbstractBaseUser | None, code: str, **_: object) -> None:
    print(user and user.get_username(), code)


@receiver(ban_changed)
def shut(*, user: Member, banned: bool, **_: object) -> None:
    print(user.email, banned)
