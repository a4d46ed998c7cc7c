"""The filters of ended sessions that differ from those of active ones."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.sessions.filters import Choices, KindFilter, OwnerFilter, StateFilter
from sessions_api.databases.windows import Indexed
from sessions_api.models import EndCause, Expiry, SessionKind


class EndedFilter(StateFilter):
    """The state, which is always *ended* here: all others lead to the other list."""

    finds_all = True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return all of them."""
        return queryset

    @property
    def indexed(self) -> None:
        """It finds nothing."""


class PastOwnerFilter(OwnerFilter):
    """Ended sessions of one user."""

    @property
    def indexed(self) -> Sequence[Indexed] | None:
        """The ended sessions of the user, in the order in which they ended."""
        if self.value() is None:
            return None
        owner = self.owner
        return [] if owner is None else [Indexed.equal("user_id", owner.pk, sorted_by="pk")]


class PastKindFilter(KindFilter):
    """Full, scoped or of the console. No index finds a kind."""

    indexed = None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the sessions of the kind."""
        match self.value():
            case None:
                return queryset
            case SessionKind.CONSOLE:
                return queryset.filter(has_token=False)
            case SessionKind.FULL | SessionKind.SCOPED as kind:
                is_full = kind == SessionKind.FULL
                return queryset.filter(has_token=True, permission_flags__isnull=is_full)
            case _:
                return queryset.none()


class CauseFilter(admin.SimpleListFilter):
    """What has ended them."""

    title = _("how they ended")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        """Return the causes of which ended sessions are kept."""
        known = [*EndCause.choices, *Expiry.choices]
        return [(value, str(label)) for value, label in known if value != EndCause.ACCOUNT_DELETED]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the sessions that ended so."""
        return queryset if self.value() is None else queryset.filter(cause=self.value())
