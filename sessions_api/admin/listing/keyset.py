"""Keyset pagination for the admin's lists: newest first, and never counted as a whole.

Each list has a :class:`~sessions_api.databases.windows.Key`. Filters and searches declare which of
their conditions an index supports; :mod:`sessions_api.databases.windows` explains why.
"""

import functools
import operator
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin import ListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils.translation import gettext

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.listing.media import STYLES, script
from sessions_api.admin.listing.search import NO_INDEX
from sessions_api.databases.sizes import capped_count, grouped, size_of_list
from sessions_api.databases.windows import (
    Cursor,
    Indexed,
    Key,
    Page,
    ReadPlan,
    plan_read,
    read_page,
)

#: The query parameters for the page of rows older, or newer, than a cursor.
BEFORE, AFTER = "before", "after"


class KeysetChangeList(ChangeList):
    """A change list whose pages begin at a cursor; :meth:`get_queryset` returns the whole list.

    A filter may have an attribute ``indexed``: a sequence of :class:`Indexed` that together cover
    every row it finds, or None if no index supports it. The most selective filter comes first.
    One that narrows the list unasked, or that leaves nothing out when asked, says so in
    ``finds_all``.
    """

    model_admin: "KeysetAdmin"
    counts_indexed = True
    #: The indexed conditions of the search term; None without one.
    searched: Sequence[Indexed] | None = None

    def get_filters(
        self, request: HttpRequest
    ) -> tuple[list[ListFilter], bool, dict[str, bool | str], bool, bool]:
        """Return the filters. The cursor is not one, and only links to other pages keep it."""
        for name in (BEFORE, AFTER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_filters(request)

    def get_ordering(
        self, request: HttpRequest, queryset: QuerySet[Model]
    ) -> list[str | Combinable]:
        """Order by the key, whatever the request asks for."""
        return [*self.model_admin.key.order()]

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Model]:
        """Return all rows that match the filters and the search term, on every page."""
        rows = super().get_queryset(request, exclude_parameters)
        if self.query.strip():
            self.searched = self.model_admin.find(self.query.strip())
            rows = rows.filter(_any_of(self.searched))
        return rows

    def get_results(self, request: HttpRequest) -> None:
        """Parse the cursor. The page itself is read lazily.

        :raises BadRequest: the cursor is invalid.
        """
        self.cursor, self.upwards = self._cursor(request)
        self.is_first_page = self.cursor is None
        # Attributes that Django's templates and views require.
        self.show_full_result_count = False
        self.show_admin_actions = self.can_show_all = True
        self.multi_page = False

    @functools.cached_property
    def page(self) -> Page:
        """The requested page."""
        return read_page(
            self.queryset,
            self.model_admin.key,
            self.list_per_page,
            plan=self.plan,
            cursor=self.cursor,
            upwards=self.upwards,
        )

    @functools.cached_property
    def result_list(self) -> list[Model]:
        """The rows of the page."""
        return self.page.rows

    # Django assigns these two in get_results(); here they are computed from the page on access.
    @functools.cached_property
    def result_count(self) -> int:  # type: ignore[override]
        """The number of rows on the page."""
        return len(self.page.rows)

    @functools.cached_property
    def full_result_count(self) -> int:  # type: ignore[override]
        """The same number, so that Django does not offer to select rows of other pages."""
        return self.result_count

    @functools.cached_property
    def size(self) -> str:
        """The number of rows of the list as text; empty if it would take long to count them."""
        if self.is_first_page and self.page.older is None:
            return grouped(self.result_count)
        if not (self.query or any(spec.used_parameters for spec in self._narrowing)):
            return size_of_list(self.queryset, self.root_queryset)
        is_counted = self.counts_indexed and self.plan.windows_of is None
        return capped_count(self.queryset) if is_counted else ""

    @property
    def hints(self) -> list[tuple[str, str]]:
        """What to try if nothing matches: texts, with the query strings of other lists."""
        hints = []
        if self.query and self.has_active_filters:
            link = f"?{urlencode({SEARCH_VAR: self.query})}"
            hints.append((gettext("Search without filters"), link))
        if self.query or self.has_active_filters:
            hints.append((gettext("Show the whole list"), "?"))
        return hints

    @property
    def newest_link(self) -> str:
        """The query string of the first page."""
        return self.get_query_string()

    @property
    def newer_link(self) -> str:
        """The query string of the page of newer rows; empty if there are none."""
        return self._link(AFTER, self.page.newer)

    @property
    def older_link(self) -> str:
        """The query string of the page of older rows; empty if there are none."""
        return self._link(BEFORE, self.page.older)

    @property
    def searched_to(self) -> datetime | None:
        """The time back to which rows were searched, if that did not fill the page."""
        cursor = self.page.searched_to
        return None if cursor is None else self.model_admin.time_of(cursor)

    @functools.cached_property
    def searched_percent(self) -> int:
        """How much of the list has been searched, by the time that its rows span."""
        rows, reached = self.plan.windows_of, self.page.searched_to
        if rows is None or reached is None:
            return 100
        span = self.model_admin.key.span(rows, behind=self.plan.behind)
        # Its rows may end while it is searched.
        if span is None or span[0][0] == span[1][0]:
            return 100
        newest, oldest = span[0][0], span[1][0]
        searched = reached[0] - oldest if self.upwards else newest - reached[0]
        share: float = searched / (newest - oldest)
        return min(100, round(100 * share))

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
                    raise BadRequest("Invalid cursor") from error
        return None, False

    @functools.cached_property
    def plan(self) -> ReadPlan:
        """How the rows are read."""
        narrowing = self._narrowing
        if not self.query and not narrowing:
            return ReadPlan()
        known = [self.searched, *(getattr(spec, "indexed", None) for spec in narrowing)]
        asked = (one for one in known if one is not None)
        lookups = [one for one in asked if all(part.sorted_by != NO_INDEX for part in one)]
        return plan_read(
            self.root_queryset,
            self.model_admin.key,
            lookups,
            exact=len(narrowing) + bool(self.query) == 1,
        )

    @property
    def _narrowing(self) -> list[ListFilter]:
        every = self.filter_specs
        return [one for one in every if not getattr(one, "finds_all", not one.used_parameters)]


class KeysetAdmin(ModelAdmin):
    """An admin class whose list has keyset pages.

    The ``pagination.html`` in the model's template folder must include
    ``admin/sessions_api/keyset_pages.html``.
    """

    class Media:
        css = {"all": STYLES}
        js = [script("lists"), script("search_further")]

    #: The key that the list is ordered by.
    key: Key
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def find(self, term: str) -> Sequence[Indexed]:
        """Return the meanings of a search term, each of them indexed. Rows match any of them."""
        raise NotImplementedError

    def time_of(self, cursor: Cursor) -> datetime:
        """Return the time of a cursor: by default its first value."""
        first: datetime = cursor[0]
        return first

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        """Return the list with keyset pages."""
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Return the rows unchanged: the list itself calls :meth:`find`, and uses its indexes."""
        return queryset, False


def _any_of(found: Sequence[Indexed]) -> Q:
    return functools.reduce(operator.or_, (one.condition for one in found), Q(pk__in=[]))
