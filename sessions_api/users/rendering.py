"""How accounts are listed, and rendered as Users, for any user model."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured
from django.db.models import IntegerField, Model, QuerySet
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils import timezone

from sessions_api.accounts.lookup import all_accounts, is_staff
from sessions_api.accounts.mail import address_of
from sessions_api.adapter import Adapter, adapter
from sessions_api.http.schemas import TIMESTAMP, flag, nullable, text
from sessions_api.http.shapes import Field, Page, Shape, page_of, timestamp
from sessions_api.models import Ban

#: The time of a ban without a record, if the account has no time of creation either.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ID: Field[AbstractBaseUser] = Field(text("The user's id."), lambda account: str(account.pk))
USERNAME: Field[AbstractBaseUser] = Field(text(), lambda account: str(account.get_username()))


@dataclass(frozen=True)
class ShownAccount:
    """An account to be rendered, and what is not in its row.

    :param domain: the host name of the service.
    :param ban: the record of the account's ban; None if it is not banned or there is no record.
    :param backup_code_used_at: when one of the present backup codes was last used.
    """

    account: AbstractBaseUser
    domain: str
    ban: Ban | None = None
    backup_code_used_at: datetime | None = None


class AccountRenderer:
    """Lists and renders accounts. A host whose user model has other fields subclasses it.

    Each method returns None for what an account lacks.
    """

    #: The attributes of user models that may hold the time of creation. The first that exists
    #: counts.
    created_names: Sequence[str] = ("created_at", "date_joined")
    #: The same for the time of the last change, and of the verification of the email address.
    updated_names: Sequence[str] = ("updated_at",)
    verified_names: Sequence[str] = ("verified_at",)

    def created_at(self, account: AbstractBaseUser) -> datetime | None:
        return _first_time(account, self.created_names)

    def updated_at(self, account: AbstractBaseUser) -> datetime | None:
        return _first_time(account, self.updated_names)

    def verified_at(self, account: AbstractBaseUser) -> datetime | None:
        """Return when the email address was verified.

        For a user model that keeps no such time, every address is verified from the beginning.
        """
        if any(hasattr(account, name) for name in self.verified_names):
            return _first_time(account, self.verified_names)
        return self.created_at(account)

    def banned_at(self, shown: ShownAccount) -> datetime | None:
        """Return since when an account is banned; None if it is not banned.

        A ban without a record counts from the creation of the account.
        """
        if shown.account.is_active:
            return None
        return shown.ban.banned_at if shown.ban else self.created_at(shown.account) or EPOCH

    def email(self, account: AbstractBaseUser) -> str | None:
        return address_of(account) or None

    def domain(self, request: HttpRequest) -> str:
        """Return the host name under which the service was asked, without a port."""
        return split_domain_port(request.get_host())[0]

    def accounts(self) -> QuerySet[AbstractBaseUser]:
        """Return all accounts, the newest first."""
        return all_accounts().order_by(*self.newest_first())

    def newest_first(self) -> Sequence[str]:
        """Return the names to order accounts by."""
        return creation_order(get_user_model(), self.created_names)

    def fields(self) -> dict[str, Field[ShownAccount]]:
        """Return the fields of a User, by name."""
        return {
            "id": of_account(ID),
            "username": of_account(USERNAME),
            "email": Field(nullable(text()), lambda shown: self.email(shown.account)),
            "staff": Field(flag(), lambda shown: is_staff(shown.account)),
            "domain": Field(text("The host name of the service."), lambda shown: shown.domain),
            "subdomain": Field({"type": "null"}, lambda shown: None),
            "verifiedAt": time_field(lambda shown: self.verified_at(shown.account)),
            "bannedAt": time_field(self.banned_at),
            "twoFactorBackupCodeUsedAt": time_field(lambda shown: shown.backup_code_used_at),
            "createdAt": time_field(lambda shown: self.created_at(shown.account)),
            "updatedAt": time_field(lambda shown: self.updated_at(shown.account)),
        }

    @functools.cached_property
    def shape(self) -> Shape[ShownAccount]:
        """The shape of a User."""
        return Shape(**self.fields())

    @functools.cached_property
    def list_shape(self) -> Shape[Page[AbstractBaseUser]]:
        """The shape of a page of the list."""
        return page_of(Shape(id=ID, username=USERNAME))


def account_renderer() -> AccountRenderer:
    """Return the renderer of this project's accounts, which its adapter names.

    :raises ImproperlyConfigured: the adapter names no subclass of :class:`AccountRenderer`.
    """
    return _renderer_of(adapter())


@functools.cache
def _renderer_of(adapter: Adapter) -> AccountRenderer:
    named = adapter.account_renderer or AccountRenderer
    if not issubclass(named, AccountRenderer):
        name = f"{named.__module__}.{named.__qualname__}"
        raise ImproperlyConfigured(f"{name} is no subclass of AccountRenderer.")
    return named()


def creation_order(model: type[Model], created_names: Sequence[str]) -> Sequence[str]:
    """Return the names to order the rows of a model by, so that the newest come first.

    A whole number as a key grows with each row; otherwise the time of creation counts.
    """
    columns = {field.name for field in model._meta.concrete_fields}
    created = next((name for name in created_names if name in columns), None)
    if created is None or isinstance(model._meta.pk, IntegerField):
        return ["-pk"]
    return [f"-{created}", "-pk"]


def of_account(field: Field[AbstractBaseUser]) -> Field[ShownAccount]:
    """Return a field of a User for one of its account."""
    return Field(field.schema, lambda shown: field.get(shown.account))


def time_field(get: Callable[[ShownAccount], datetime | None]) -> Field[ShownAccount]:
    """Return a field for a time that may be None."""

    def render(shown: ShownAccount) -> str | None:
        moment = get(shown)
        return timestamp(moment) if moment else None

    return Field(nullable(TIMESTAMP), render)


def _first_time(account: AbstractBaseUser, names: Sequence[str]) -> datetime | None:
    """Return the value of the first attribute that there is; None if it is no time."""
    name = next((name for name in names if hasattr(account, name)), None)
    moment = getattr(account, name) if name else None
    if not isinstance(moment, datetime):
        return None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
