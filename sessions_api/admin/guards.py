"""Validating and authorizing requests to lists of the admin."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from django.contrib import admin, messages
from django.contrib.admin.filters import FieldListFilter, ListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth import get_permission_codename
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from killswitches.admin.base import ModelAdmin, ObjectPagesMixin, ServiceManagedAdmin
from sessions_api.accounts.privileges import Rows, may, within_reach
from sessions_api.http.middleware import refuse_invalid_selection
from sessions_api.services import authority
from sessions_api.services.audit import Actor


def inherited_actions(
    get_actions: Callable[..., Mapping[str, object]], request: HttpRequest, location: object
) -> dict[str, object]:
    """Return the actions of a base class, by name, for an override of ``get_actions()``.

    :param get_actions: the method of the base class.
    :param location: the page that the actions are for; only Django 6.1 passes it, otherwise None.
    """
    where = {} if location is None else {"action_location": location}
    return dict(get_actions(request, **where))


class StrictChangelistMixin(ObjectPagesMixin):
    """Mixed into a ``ModelAdmin``: its list refuses what Django's would fail at, or ignore."""

    def lookup_allowed(
        self, lookup: str, value: object, request: HttpRequest | None = None
    ) -> bool:
        """Allow only the lookups that the page offers.

        Django allows lookups on every column, so a column that is never shown could be guessed
        character by character.
        """
        assert request is not None  # Django always passes it
        filters = self.get_list_filter(request)
        return any(lookup in self._lookups_of(one, request) for one in filters)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the list, or run the action that was posted to it.

        :raises PermissionDenied: the user may not run the action.
        :raises BadRequest: the query holds values that no database accepts, or the selection holds
            keys that no row can have.
        """
        if any("\x00" in value for values in request.GET.lists() for value in values[1]):
            raise BadRequest("NUL character in the query string")
        actions = self.get_actions(request)
        if any(name and name not in actions for name in request.POST.getlist("action")):
            raise PermissionDenied
        refuse_invalid_selection(request, self.model)
        try:
            return super().changelist_view(request, extra_context)
        except OverflowError as error:
            raise BadRequest("Time out of range") from error

    def _lookups_of(self, offered: object, request: HttpRequest) -> Collection[str | None]:
        """Return the query parameters of an entry of ``list_filter``.

        A filter class that is not derived from one of Django's lists them in ``parameters``. They
        are needed before any filter is created, and creating a ``SimpleListFilter`` may run
        queries.
        """
        if isinstance(offered, type) and issubclass(offered, admin.SimpleListFilter):
            return [offered.parameter_name]
        if isinstance(offered, type):
            parameters: Collection[str] = getattr(offered, "parameters", ())
            return parameters
        path, make = (
            offered if isinstance(offered, tuple | list) else (offered, FieldListFilter.create)
        )
        field = get_fields_from_path(self.model, path)[-1]
        made: ListFilter = make(field, request, {}, self.model, self, field_path=path)
        return made.expected_parameters()


class ReadOnlyAdmin(StrictChangelistMixin, ServiceManagedAdmin):
    """Mixed into a ``ModelAdmin`` whose rows cannot be edited."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def is_permitted(self, request: HttpRequest, verb: str) -> bool:
        """Return whether the user has the permission, by the rules of the API."""
        codename = get_permission_codename(verb, self.opts)
        return may(request.user, f"{self.opts.app_label}.{codename}")


@contextmanager
def authority_errors_as_403() -> Iterator[None]:
    """Raise PermissionDenied if the user has lost the authority to act since the request began.

    :raises PermissionDenied: a service in the block has authorized the actor again, and refused.
    """
    try:
        yield
    except authority.AUTHORITY_ERRORS as error:
        raise PermissionDenied from error


def recheck_permissions(
    model_admin: ModelAdmin, request: HttpRequest, verb: str, *rows: Model | None
) -> None:
    """Check the user's permissions again, now that the affected rows are locked.

    Replaces ``request.user`` by the account as it is now.

    :param verb: ``add``, ``change`` or ``delete``, as in the names of Django's permission methods.
    :param rows: the locked rows; none if one is added.
    :raises PermissionDenied: the user does not have the permission, or no longer has it.
    """
    with authority_errors_as_403():
        # The type checker knows this project's user model only.
        request.user = authority.reread_actor(Actor.of(request))  # type: ignore[assignment]
    may_do = getattr(model_admin, f"has_{verb}_permission")
    is_allowed = all(may_do(request, row) for row in rows) if rows else may_do(request)
    if not (model_admin.admin_site.has_permission(request) and is_allowed):
        raise PermissionDenied


def reachable(request: HttpRequest, rows: Rows, account: str = "") -> Rows:
    """Return the rows whose accounts the user may act on; a message reports the others.

    :param account: the lookup prefix from a row to its account, such as ``user__``.
    """
    within = within_reach(request.user, rows, account)
    if within is not rows and (left_out := rows.count() - within.count()):
        text = gettext("Skipped (only superusers can change these): %(count)s")
        messages.warning(request, text % {"count": left_out})
    return within
