"""The filters of the list of sessions.

An unknown value matches nothing, because everything that matches can be ended at once. Filters that
an index supports declare it in the attribute ``indexed``; see
:class:`~sessions_api.admin.listing.keyset.KeysetChangeList`.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.lookup import find_by_id
from sessions_api.admin.links import ENDED, STATE
from sessions_api.databases.windows import Indexed
from sessions_api.models import SessionKind, UserSessionQuerySet
from sessions_api.models.liveness import past_limits

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices

Choices = list[tuple[str, str]]


class StateFilter(admin.SimpleListFilter):
    """Active, expired, ended by a password change, or all.

    The list shows active sessions unless others are asked for. A search finds all.
    """

    ACTIVE, ALL = "active", "all"
    #: The value for the ended ones, which are another table: here it matches nothing.

    title = _("state")
    parameter_name = STATE

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        """Return the states."""
        return [
            (self.ACTIVE, gettext("Active")),
            ("expired", gettext("Expired")),
            ("new-password", gettext("Ended by a password change")),
            (self.ALL, gettext("All of these")),
            (ENDED, gettext("Ended")),
        ]

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: ModelAdmin,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        is_search = request.GET.get(SEARCH_VAR, "").strip()
        self.default = self.ALL if is_search else self.ACTIVE

    def value(self) -> str:
        """Return the state that is asked for, or that of a list without one."""
        return super().value() or self.default

    def choices(self, changelist: ChangeList) -> "Iterator[_ListFilterChoices]":
        """Yield the states. Unlike in other filters, all is a value as well."""
        return islice(super().choices(changelist), 1, None)

    @property
    def finds_all(self) -> bool:
        """Whether all are asked for."""
        return self.value() == self.ALL

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the sessions in the state."""
        assert isinstance(queryset, UserSessionQuerySet)
        match self.value():
            case self.ALL:
                return queryset
            case self.ACTIVE:
                return queryset.active()
            case "expired":
                return queryset.expired() | queryset.past_limits()
            case "new-password":
                return queryset.superseded()
            case _:
                return queryset.none()

    @property
    def indexed(self) -> Sequence[Indexed] | None:
        """Expired sessions are indexed for pruning, which keeps them few.

        No index supports the sessions that a limit has ended.
        """
        if self.value() != "expired" or past_limits(timezone.now()):
            return None
        return [Indexed(Q(expires_at__lte=timezone.now()), "expires_at")]


class KindFilter(admin.SimpleListFilter):
    """Full, scoped or of the console."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        """Return the kinds."""
        return [
            (SessionKind.FULL.value, gettext("Full")),
            (SessionKind.SCOPED.value, gettext("Scoped")),
            (SessionKind.CONSOLE.value, gettext("Console")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the sessions of the kind."""
        match self.value():
            case None:
                return queryset
            case str(kind) if kind in SessionKind.values:
                return queryset.filter(SessionKind(kind).condition)
            case _:
                return queryset.none()

    @property
    def indexed(self) -> Sequence[Indexed] | None:
        """Sessions of the console have an index of their own."""
        if self.value() != SessionKind.CONSOLE:
            return None
        return [Indexed(SessionKind.CONSOLE.condition, "sid")]


class CreationFilter(admin.DateFieldListFilter):
    """Filters by the session id, which is the second of the creation and is indexed."""

    used_parameters: dict[str, Any]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the sessions created in the period."""
        return queryset.filter(self._condition)

    @property
    def indexed(self) -> Sequence[Indexed] | None:
        """The period, if there is one."""
        return [Indexed(self._condition, "sid")] if self.used_parameters else None

    @cached_property
    def _condition(self) -> Q:
        """:raises IncorrectLookupParameters: a value is not a time."""
        names = {self.lookup_kwarg_since: "sid__gte", self.lookup_kwarg_until: "sid__lt"}
        asked = {names[name]: values[-1] for name, values in self.used_parameters.items()}
        try:
            times = {name: forms.DateTimeField().clean(text) for name, text in asked.items()}
        except ValidationError as error:
            raise IncorrectLookupParameters(error) from error
        return Q(**{name: math.floor(time.timestamp()) for name, time in times.items()})


class OwnerFilter(admin.SimpleListFilter):
    """Rows of one user, for links from other pages; otherwise it is not displayed.

    The value is the user's key as text.
    """

    title = _("user")
    parameter_name = "user"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        """Return the chosen user, so that the page says whose rows it shows."""
        text = self.value()
        if text is None:
            return []
        return [(text, self.owner.get_username() if self.owner else gettext("Nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the rows of the user."""
        if self.value() is None:
            return queryset
        return queryset.none() if self.owner is None else queryset.filter(user=self.owner)

    @property
    def indexed(self) -> Sequence[Indexed] | None:
        """The sessions of the user."""
        if self.value() is None:
            return None
        return [] if self.owner is None else [Indexed(Q(user=self.owner), "sid")]

    @cached_property
    def owner(self) -> AbstractBaseUser | None:
        """The chosen user; None if there is none."""
        return find_by_id(self.value() or "")
