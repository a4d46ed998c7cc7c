"""Adapters of hosts: one that does whatever a test asks for, and one for directories."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from sessions_api.adapter import Adapter, Lifetime, LoginName
from sessions_api.callers.clients import Client
from sessions_api.models import UserSession


class Scripted(Adapter):
    """Overrides the hooks for which ``does`` has functions."""

    does: ClassVar[dict[str, Callable[..., Any]]] = {}

    @classmethod
    @contextmanager
    def scripted(cls, **does: Callable[..., Any]) -> Iterator[None]:
        """Override hooks within the block."""
        cls.does.update(does)
        try:
            yield
        finally:
            cls.does.clear()

    def find_account(self, name: str, by: LoginName) -> AbstractBaseUser | None:
        return self._do("find_account", super().find_account, name, by)

    def authenticate(
        self,
        name: str,
        password: str,
        *,
        account: AbstractBaseUser | None,
        request: HttpRequest | None,
    ) -> AbstractBaseUser | None:
        usual = super().authenticate
        return self._do("authenticate", usual, name, password, account=account, request=request)

    def check_login(self, account: AbstractBaseUser, *, client: Client, dialect: str) -> None:
        self._do("check_login", super().check_login, account, client=client, dialect=dialect)

    def session_lifetime(
        self, account: AbstractBaseUser, lifetime: timedelta, *, kind: Lifetime, dialect: str
    ) -> timedelta:
        usual = super().session_lifetime
        chosen: timedelta = self._do(
            "session_lifetime", usual, account, lifetime, kind=kind, dialect=dialect
        )
        return chosen

    def claims(self, session: UserSession) -> Mapping[str, object]:
        further: Mapping[str, object] = self._do("claims", super().claims, session)
        return further

    def _do(self, name: str, usual: Callable[..., Any], *args: Any, **options: Any) -> Any:
        return self.does.get(name, usual)(*args, **options)


class Creating(Adapter):
    """For backends that create accounts."""

    backends_create_accounts = True


SCRIPTED = f"{__name__}.Scripted"
CREATING = f"{__name__}.Creating"
