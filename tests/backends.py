"""Authentication backends of hosts: a directory of passwords like LDAP's, and difficult ones."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

DJANGOS = "django.contrib.auth.backends.ModelBackend"


def path_of(backend: type) -> str:
    return f"{backend.__module__}.{backend.__qualname__}"


class Directory(BaseBackend):
    """Checks passwords as a directory does, and creates the accounts that it knows.

    :cvar passwords: by username.
    :cvar asked: the usernames that it was asked about.
    :cvar requests: the requests that were passed to it.
    :cvar meanwhile: is called while it checks a password.
    """

    passwords: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[str]] = []
    requests: ClassVar[list[Any]] = []
    meanwhile: ClassVar[list[Callable[[], object]]] = []

    @classmethod
    def reset(cls) -> None:
        for kept in (cls.passwords, cls.asked, cls.requests, cls.meanwhile):
            kept.clear()

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **more: Any
    ) -> Any:
        assert username is not None
        self.asked.append(username)
        self.requests.append(request)
        while self.meanwhile:
            self.meanwhile.pop(0)()
        if self.passwords.get(username) != password:
            return None
        accounts = get_user_model().objects
        field = get_user_model().USERNAME_FIELD
        return accounts.filter(**{field: username}).first() or self.create(accounts, username)

    def get_user(self, user_id: Any) -> Any:
        return get_user_model().objects.filter(pk=user_id).first()

    def create(self, accounts: Any, username: str) -> Any:
        return accounts.create_user(username, password=None)


class Unsaved(Directory):
    """Returns accounts that it has not saved."""

    def create(self, accounts: Any, username: str) -> Any:
        return accounts.model(username=username)


class Confused(Directory):
    """Returns another account than the one it was asked about."""

    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        return get_user_model().objects.exclude(username=username).first()


class Odd(BaseBackend):
    """Returns what is no account."""

    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        return True


class Denying(BaseBackend):
    """Denies everybody."""

    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        raise PermissionDenied(f"{username} may not, with {password}")


class Broken(BaseBackend):
    """Fails, with the password in its message."""

    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        raise ConnectionError(f"ldap://{username}:{password}@directory")


class Colliding(BaseBackend):
    """Fails as a backend does that creates an account at the same time as another process."""

    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        raise IntegrityError(f"Key (username, password)=({username}, {password}) already exists.")


class Lockout(BaseBackend):
    """Denies whoever has failed three times, as django-axes does."""

    failures: ClassVar[Counter[str]] = Counter()

    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        if self.failures[username] >= 3:
            raise PermissionDenied

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator[None]:
        """Count failures within the block."""
        cls.failures.clear()
        user_login_failed.connect(cls._note_failure)
        user_logged_in.connect(cls._note_login)
        yield
        user_login_failed.disconnect(cls._note_failure)
        user_logged_in.disconnect(cls._note_login)

    @classmethod
    def _note_failure(cls, *, credentials: dict[str, str], request: Any, **what: Any) -> None:
        assert request is not None
        cls.failures[credentials["username"]] += 1

    @classmethod
    def _note_login(cls, *, user: Any, request: Any, **what: Any) -> None:
        assert request is not None
        del cls.failures[user.get_username()]


class ByHeader(BaseBackend):
    """Takes no password."""

    def authenticate(self, request: Any, remote_user: str) -> Any:
        raise AssertionError


class Picky(ModelBackend):
    """Django's own, for users with an email address only."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and bool(user.email)


class Longhand(ModelBackend):
    """Django's own, called by an ``authenticate()`` that overrides it."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **more: Any
    ) -> AbstractBaseUser | None:
        return super().authenticate(request, username=username, password=password)
