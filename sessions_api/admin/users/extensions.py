"""The port through which other apps add to the page of a user: what they know, what can be done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django.contrib.admin import AdminSite
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Fact:
    """A part of the state of an account.

    :param label: what it is about.
    :param text: what is known; escaped unless it is marked as safe.
    :param is_alarming: whether it explains why the account cannot be used.
    """

    label: "StrOrPromise"
    text: str
    is_alarming: bool = False


@dataclass(frozen=True)
class Deed:
    """A link to a page on which something is done to an account, for a reason.

    :param text: what it does, in the imperative.
    :param url: the page. It leads back to that of the user.
    """

    text: str
    url: str


#: Called with the site, the request of a member of staff who may view the account, and the account.
#: Leave out what they may not see or do; the page of a deed checks that again.
Facts: TypeAlias = Callable[[AdminSite, HttpRequest, AbstractBaseUser], Iterable[Fact]]
Deeds: TypeAlias = Callable[[AdminSite, HttpRequest, AbstractBaseUser], Iterable[Deed]]


def nothing(site: AdminSite, request: HttpRequest, account: AbstractBaseUser) -> tuple[()]:
    """Add nothing."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What an app adds to the page of a user."""

    facts: Facts = nothing
    deeds: Deeds = nothing


_extensions: list[Extension] = []


def register(extension: Extension) -> None:
    """Register an extension. The module ``admin`` of an app calls this."""
    if extension not in _extensions:
        _extensions.append(extension)


def further_facts(
    site: AdminSite, request: HttpRequest, account: AbstractBaseUser
) -> Iterable[Fact]:
    """Yield the facts of all extensions."""
    for one in _extensions:
        yield from one.facts(site, request, account)


def further_deeds(
    site: AdminSite, request: HttpRequest, account: AbstractBaseUser
) -> Iterable[Deed]:
    """Yield the deeds of all extensions."""
    for one in _extensions:
        yield from one.deeds(site, request, account)
