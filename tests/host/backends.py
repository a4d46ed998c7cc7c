"""Authentication backends as a host may have them beside Django's own."""

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from tests.host.models import Member

#: The password of everybody in the directory.
DIRECTORY_PASSWORD = "of the directory"


class DirectoryBackend(BaseBackend):
    """Knows a password that the database does not, and creates accounts, as LDAP would."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = ""
    ) -> AbstractBaseUser | None:
        if password != DIRECTORY_PASSWORD or not username.endswith("@directory.example"):
            return None
        member, is_new = Member.objects.get_or_create(email=username)
        if is_new:
            member.set_unusable_password()
            member.save()
        return member


class LockedBackend(BaseBackend):
    """Refuses everybody, as a backend that locks out does."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = ""
    ) -> None:
        raise PermissionDenied("locked")


class BrokenBackend(BaseBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = ""
    ) -> None:
        raise LookupError(f"no directory for {username} with {password}")


class TokenBackend(BaseBackend):
    """Takes no passwords, so it is not asked."""

    def authenticate(self, request: HttpRequest | None, token: str) -> None:
        raise AssertionError("asked about a password")


class SecretaryBackend(BaseBackend):
    """Lets the secretary in for everybody, under the secretary's own account."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = ""
    ) -> AbstractBaseUser | None:
        return Member.objects.filter(email="secretary@example.com").first()


class StrictBackend(ModelBackend):
    """Inherits Django's comparison of the stored hash."""
