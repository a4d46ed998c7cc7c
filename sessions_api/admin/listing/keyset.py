"""Lists of any length in the admin: newest first, page after page, never counted or sorted anew.

A list has its :class:`~sessions_api.databases.windows.Key`. Its filters and searches tell which
of their conditions an index answers; what that is good for says
:mod:`sessions_api.databases.windows`.
"""

import functools
import operator
from collections.abc import Sequence
from datetime import datetime

from django.contrib import admin
from django.contrib.admin import ListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.listing.sizes import size_of_table
from sessions_api.databases.windows import (
    Cursor,
    Indexed,
    Key,
    Page,
    ReadPlan,
    plan_read,
    read_page,
)

#: The query parameters that say where a page begins: rows older than a cursor, or newer.
BEFORE, AFTER = "before", "after"


class KeysetChangeList(ChangeList):
    """Its pages begin at a cursor; :meth:`get_queryset` still has the whole list.

    A filter may have an attribute ``indexed``: a sequence of :class:`Indexed`, of which one holds
    for every row that it finds, or None where no index answers it. Of several filters the most
    telling stands first.
    """

    model_admin: "KeysetAdmin"
    #: What an index knows of the rows that the search term finds; None without a term.
    searched: Sequence[Indexed] | None = None

    def get_filters(
        self, request: HttpRequest
    ) -> tuple[list[ListFilter], bool, dict[str, bool | str], bool, bool]:
        """The filters; a cursor is none, and no link but those to other pages keeps it."""
        for name in (BEFORE, AFTER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_filters(request)

    def get_ordering(
        self, request: HttpRequest, queryset: QuerySet[Model]
    ) -> list[str | Combinable]:
        """By the key, whatever is asked for."""
        return [*self.model_admin.key.order()]

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Model]:
        """All rows that match the filters and the search term, on whatever page."""
        rows = super().get_queryset(request, exclude_parameters)
        if self.query.strip():
            self.searched = self.model_admin.find(self.query.strip())
            rows = rows.filter(_any_of(self.searched))
        return rows

    def get_results(self, request: HttpRequest) -> None:
        """Note the page that the request asks for; it is read once somebody looks at it.

        :raises BadRequest: it asks for a cursor that cannot be.
        """
        self.cursor, self.upwards = self._cursor(request)
        self.is_first_page = self.cursor is None
        # What Django's templates and view ask for.
        self.show_full_result_count = False
        self.show_admin_actions = self.can_show_all = True
        self.multi_page = False

    @functools.cached_property
    def page(self) -> Page:
        """The page that the request asks for."""
        return read_page(
            self.queryset,
            self.model_admin.key,
            self.list_per_page,
            plan=self._plan(),
            cursor=self.cursor,
            upwards=self.upwards,
        )

    @functools.cached_property
    def result_list(self) -> list[Model]:
        """Its rows."""
        return self.page.rows

    # Django sets these two beforehand; here they are read from the page once it is.
    @functools.cached_property
    def result_count(self) -> int:  # type: ignore[override]
        """How many they are."""
        return len(self.page.rows)

    @functools.cached_property
    def full_result_count(self) -> int:  # type: ignore[override]
        """As many: so Django offers no way to select rows beyond those of the page."""
        return self.result_count

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows less than the whole table."""
        return bool(self.query or self.has_active_filters)

    @functools.cached_property
    def size(self) -> str:
        """How many rows there are, in words; empty where it takes more than this page to tell."""
        if self.is_first_page and self.page.older is None:
            return str(self.result_count)
        return "" if self.is_narrowed else size_of_table(self.root_queryset)

    @property
    def newest_link(self) -> str:
        """The query string of the first page."""
        return self.get_query_string()

    @property
    def newer_link(self) -> str:
        """The query string of the page of newer rows; empty where there are none."""
        return self._link(AFTER, self.page.newer)

    @property
    def older_link(self) -> str:
        """The query string of the page of older rows; empty where there are none."""
        return self._link(BEFORE, self.page.older)

    @property
    def searched_to(self) -> datetime | None:
        """The time up to which rows were looked at, where that did not fill the page."""
        cursor = self.page.searched_to
        return None if cursor is None else self.model_admin.time_of(cursor)

    def _link(self, name: str, cursor: Cursor | None) -> str:
        if cursor is None:
            return ""
        return self.get_query_string({name: self.model_admin.key.text(cursor)})

    def _cursor(self, request: HttpRequest) -> tuple[Cursor | None, bool]:
        for name in (BEFORE, AFTER):
            if (text := request.GET.get(name)) is not None:
                try:
                    return self.model_admin.key.read(text), name == AFTER
                except ValueError as error:
                    raise BadRequest("A cursor that no row can have") from error
        return None, False

    def _plan(self) -> ReadPlan:
        if not self.is_narrowed:
            return ReadPlan()
        active = [spec for spec in self.filter_specs if spec.used_parameters]
        known = [self.searched, *(getattr(spec, "indexed", None) for spec in active)]
        lookups = [one for one in known if one is not None]
        return plan_read(
            self.root_queryset,
            self.model_admin.key,
            lookups,
            exact=len(active) + bool(self.query) == 1,
        )


class KeysetAdmin(ModelAdmin):
    """A model whose list is read by its key.

    Its ``pagination.html``, in the folder of its templates, includes
    ``admin/sessions_api/keyset_pages.html``.
    """

    #: What the list is sorted by.
    key: Key
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def find(self, term: str) -> Sequence[Indexed]:
        """What a search term means: the rows that one of these finds, each by an index."""
        raise NotImplementedError

    def time_of(self, cursor: Cursor) -> datetime:
        """The time for which a cursor stands: by default its first value."""
        first: datetime = cursor[0]
        return first

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        """The list that goes by the key."""
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """As they are: the list itself asks :meth:`find`, whose indexes it also needs."""
        return queryset, False


def _any_of(found: Sequence[Indexed]) -> Q:
    return functools.reduce(operator.or_, (one.condition for one in found), Q(pk__in=[]))
