"""Adapters of this host, each with one rule of its own."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from sessions_api.adapter import Adapter, Lifetime, LoginName
from sessions_api.callers.clients import Client
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import UserSession
from tests.host.models import Member
from tests.host.rendering import MemberRenderer


class ByNickname(Adapter):
    """Members log in by the part of their address before the ``@``."""

    def find_account(self, name: str, by: LoginName) -> AbstractBaseUser | None:
        return super().find_account(f"{name}@example.com", by)


class MembersOnly(Adapter):
    """Only members from the club's network may log in."""

    def check_login(self, account: AbstractBaseUser, *, client: Client, dialect: str) -> None:
        if client.address != "127.0.0.1":
            raise InsufficientPermissions


class ShortForStaff(Adapter):
    """Sessions of staff end after an hour; tokens say which club they are for."""

    def session_lifetime(
        self, account: AbstractBaseUser, lifetime: timedelta, *, kind: Lifetime, dialect: str
    ) -> timedelta:
        is_staff = isinstance(account, Member) and account.is_staff
        return timedelta(hours=1) if is_staff and kind is not Lifetime.REMEMBERED else lifetime

    def claims(self, session: UserSession) -> Mapping[str, object]:
        return {"club": "chess", "sub": "somebody else", "iat": 0, "token_type": "step"}


class Directory(Adapter):
    """Accounts come from a directory, at their first login."""

    backends_create_accounts = True


class WrongAccount(Adapter):
    """A mistake: whoever logs in becomes the newest member."""

    def authenticate(
        self,
        name: str,
        password: str,
        *,
        account: AbstractBaseUser | None,
        request: HttpRequest | None,
    ) -> AbstractBaseUser | None:
        return Member.objects.latest("pk")


class Quiet(Adapter):
    """Members are not told of logins; one is not told of anything."""

    def wants_notice(self, account: AbstractBaseUser, kind: str) -> bool:
        return kind != "new_login" and account.get_username() != "quiet@example.com"


class WithClub(Adapter):
    """Accounts are rendered with their club."""

    account_renderer = MemberRenderer


class WithoutRenderer(Adapter):
    """A mistake: no renderer of accounts."""

    account_renderer = Member


class TooTalkative(Adapter):
    """A mistake: more claims than fit into a token."""

    def claims(self, session: UserSession) -> Mapping[str, object]:
        return {"story": "x" * 5000}


class NoAdapter:
    """A mistake: it is no subclass."""
