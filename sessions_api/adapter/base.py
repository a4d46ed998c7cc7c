"""The default adapter."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, StrEnum, auto
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from sessions_api.accounts.lookup import find_by_email, find_by_login, find_by_login_or_email
from sessions_api.adapter import backends
from sessions_api.callers.clients import Client
from sessions_api.models import UserSession


class LoginName(Enum):
    """The fields by which a login may name an account."""

    USERNAME = auto()
    EMAIL = auto()
    EITHER = auto()


class Lifetime(StrEnum):
    """The kinds of lifetimes of sessions, by their names in ``LIFETIMES``."""

    LOGIN = "login"
    #: A login with ``rememberMe``.
    REMEMBERED = "remembered"
    SCOPED = "scoped"
    #: A scoped session with ``longLived``.
    LONG_LIVED = "long_lived"


_FIND = {
    LoginName.USERNAME: find_by_login,
    LoginName.EMAIL: find_by_email,
    LoginName.EITHER: find_by_login_or_email,
}


class Adapter:
    """The decisions that a host may change by overriding methods, which may call ``super()``.

    A method may raise an :exc:`~sessions_api.exceptions.ApiError`, which becomes a response in the
    format of the caller's dialect. Any other exception is logged, and the response is 500.

    :cvar backends_create_accounts: whether a backend in ``AUTHENTICATION_BACKENDS`` may create an
        account at its first login, as those of LDAP do. If so, backends are also asked about
        unknown names, and logins with unknown names count towards the rates.
    :cvar account_renderer: the class that lists and renders accounts over REST, a subclass of
        :class:`sessions_api.users.rendering.AccountRenderer`. None for that class itself.
    """

    backends_create_accounts = False
    account_renderer: ClassVar[type[object] | None] = None

    def find_account(self, name: str, by: LoginName) -> AbstractBaseUser | None:
        """Return the account that a login names, or None if there is none.

        To let v5 log in by username or email, ignore ``by`` and pass ``LoginName.EITHER`` on.

        :param name: as typed.
        :param by: as the dialect has it: ``EITHER`` in v3, otherwise ``USERNAME``.
        """
        return _FIND[by](name)

    def authenticate(
        self,
        name: str,
        password: str,
        *,
        account: AbstractBaseUser | None,
        request: HttpRequest | None,
    ) -> AbstractBaseUser | None:
        """Check credentials, at a login and wherever an endpoint requires the password again.

        The default asks ``AUTHENTICATION_BACKENDS`` in order, and hashes the password once.

        :param name: as typed; the account's own login name if the password is required again.
        :param account: the account that the name belongs to. None if there is none, which happens
            only with ``backends_create_accounts``, where an account may be created and returned,
            and with ``HIDE_UNKNOWN_USERS``, where it must take as long as a wrong password does.
        :param request: the HTTP request; None outside of one.
        :returns: the account as it is now, or None if the credentials are wrong. Another account
            than ``account`` counts as None, and so does ``PermissionDenied``.
        :raises Overloaded: too many passwords are being hashed at present.
        :raises Exception: the response is 500, and the attempt counts towards the rates. The
            traceback is logged without the message, which may contain the password.
        """
        return backends.authenticate(name, password, account=account, request=request)

    def check_login(self, account: AbstractBaseUser, *, client: Client, dialect: str) -> None:
        """Refuse a login, by raising an error, although the credentials are right.

        Called before a second factor is required, and again once it has been shown. Banned accounts
        are refused without asking.

        :raises ApiError: the account may not log in. It is audited like a wrong password.
        """

    def session_lifetime(
        self, account: AbstractBaseUser, lifetime: timedelta, *, kind: Lifetime, dialect: str
    ) -> timedelta:
        """Return how long a new session lives. The absolute limits of the settings still apply.

        :param lifetime: the lifetime by the settings or the dialect.
        :param kind: whether the session is scoped, and whether its user has asked for a long one.
        :param dialect: the dialect that creates it, ``pages`` for pages of a host; "" if none does.
        """
        return lifetime

    def wants_notice(self, account: AbstractBaseUser, kind: str) -> bool:
        """Return whether the owner of an account wants notices of a kind by mail.

        Called only for kinds in ``NOTICES`` and accounts with an email address, in the transaction
        of the operation, which an exception rolls back.

        :param kind: as in ``NOTICES``.
        """
        return True

    def claims(self, session: UserSession) -> Mapping[str, object]:
        """Return further claims for the token of a new session, as JSON.

        The service's own claims, and those by which JWT limits a token, cannot be replaced and are
        left out. Anybody who has a token can read its claims. This service ignores further ones;
        they are for other services that verify tokens with the public key.
        """
        return {}
