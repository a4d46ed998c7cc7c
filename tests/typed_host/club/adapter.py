"""The host's adapter."""

from collections.abc import Mapping
from datetime import timedelta

from club.models import Member
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from sessions_api.adapter import Adapter, Lifetime, LoginName
from sessions_api.callers.clients import Client
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import UserSession


class ClubAdapter(Adapter):
    backends_create_accounts = True

    def find_account(self, name: str, by: LoginName) -> AbstractBaseUser | None:
        return super().find_account(name, LoginName.EMAIL)

    def authenticate(
        self,
        name: str,
        password: str,
        *,
        account: AbstractBaseUser | None,
        request: HttpRequest | None,
    ) -> AbstractBaseUser | None:
        if request is None:
            return None
        return super().authenticate(name, password, account=account, request=request)

    def check_login(self, account: AbstractBaseUser, *, client: Client, dialect: str) -> None:
        if not isinstance(account, Member) or (account.is_staff and client.address != "192.0.2.1"):
            raise InsufficientPermissions

    def session_lifetime(
        self, account: AbstractBaseUser, lifetime: timedelta, *, kind: Lifetime, dialect: str
    ) -> timedelta:
        return lifetime / 2 if kind is Lifetime.LOGIN else lifetime

    def claims(self, session: UserSession) -> Mapping[str, object]:
        return {"club": "rowing", "scoped": session.is_scoped}
