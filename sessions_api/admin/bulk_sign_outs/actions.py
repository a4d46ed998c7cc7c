"""Actions and views that end sessions, all of which lead to the same confirmation page."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from killswitches.admin.base import ServiceManagedAdmin
from killswitches.expired import nothing_changed
from sessions_api.accounts.lookup import find_by_id
from sessions_api.accounts.privileges import may_act_on
from sessions_api.admin.bulk_sign_outs.confirmation import (
    admin_url,
    confirmation_page,
    confirmation_page_for_users,
    end_confirmed,
)
from sessions_api.admin.bulk_sign_outs.criteria import (
    MAX_SELECTED,
    Criteria,
    Selected,
    matching,
    of_users,
    selected,
)
from sessions_api.admin.guards import authority_errors_as_403
from sessions_api.admin.links import redirect_not_found, visible_user_url
from sessions_api.models import UserSession, UserSessionQuerySet


class EndSessionsMixin(ServiceManagedAdmin):
    """Mixed into the admin of sessions: deleting sessions ends them through the API's service."""

    actions = ["delete_selected", "end_all_of_owners", "end_all_others"]

    def has_delete_permission(self, request: HttpRequest, obj: UserSession | None = None) -> bool:
        """Require Django's permission; only superusers may end sessions of superusers."""
        return self.is_permitted(request, "delete") and (
            obj is None or may_act_on(request.user, obj.user)
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the views that ask for confirmation, and the one that all confirmations post to."""
        wrap = self.admin_site.admin_view
        prefix = "sessions_api_usersession"
        return [
            path("end/", wrap(self.end_view), name=f"{prefix}_end"),
            path("end/confirmed/", wrap(self.confirm_end_view), name=f"{prefix}_confirm_end"),
            path("of/<path:user_id>/end/", wrap(self.end_all_view), name=f"{prefix}_end_all"),
            path(
                "<path:object_id>/end-others/",
                wrap(self.end_others_view),
                name=f"{prefix}_end_others",
            ),
            *super().get_urls(),
        ]

    @admin.action(permissions=["delete"], description=_("End selected sessions"))
    def delete_selected(
        self, request: HttpRequest, queryset: UserSessionQuerySet
    ) -> TemplateResponse | None:
        """Ask for confirmation to end them."""
        criteria: Criteria
        if request.POST.get("select_across") == "1":
            criteria = matching(request.GET.urlencode())
        else:
            criteria = selected(request.POST.getlist(ACTION_CHECKBOX_NAME))
        return confirmation_page(self.admin_site, request, criteria, back=request.get_full_path())

    @admin.action(permissions=["delete"], description=_("End all sessions of their users"))
    def end_all_of_owners(
        self, request: HttpRequest, queryset: UserSessionQuerySet
    ) -> TemplateResponse | None:
        """Ask for confirmation to end all sessions of the owners of the selected ones."""
        return self._ask_about_owners(request, queryset, keep=False)

    @admin.action(permissions=["delete"], description=_("End all other sessions of their users"))
    def end_all_others(
        self, request: HttpRequest, queryset: UserSessionQuerySet
    ) -> TemplateResponse | None:
        """Ask for confirmation to end all other sessions of the owners of the selected ones."""
        return self._ask_about_owners(request, queryset, keep=True)

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for confirmation to end all sessions that match the list's query."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        query = request.GET.urlencode()
        return self._confirmation(request, matching(query), query)

    def confirm_end_view(self, request: HttpRequest) -> HttpResponse:
        """End the sessions that have been confirmed."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return nothing_changed(request, self._list_url(request, ""))
        with authority_errors_as_403():
            return end_confirmed(self.admin_site, request)

    def end_all_view(self, request: HttpRequest, user_id: str) -> HttpResponse:
        """Ask for confirmation to end all sessions of a user.

        :raises Http404: there is no such user.
        """
        if not self.has_delete_permission(request):
            raise PermissionDenied
        user = find_by_id(unquote(user_id))
        if user is None:
            raise Http404
        if not may_act_on(request.user, user):
            raise PermissionDenied
        back = visible_user_url(self.admin_site, request, user.pk)
        return self._confirmation(request, of_users([user.pk]), back=back)

    def end_others_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation to end all other sessions of a session's owner."""
        session = self._session(request, object_id)
        if session is None:
            return redirect_not_found(self, request, object_id)
        return self._confirmation(request, of_users([session.user_id], [session.pk]))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Ask for confirmation to end one session."""
        session = self._session(request, object_id)
        if session is None:
            return redirect_not_found(self, request, object_id)
        return self._confirmation(request, Selected((session.pk,)))

    def _session(self, request: HttpRequest, object_id: str) -> UserSession | None:
        session = self.get_object(request, unquote(object_id))
        if not self.has_delete_permission(request, session):
            raise PermissionDenied
        return session

    def _ask_about_owners(
        self, request: HttpRequest, queryset: UserSessionQuerySet, *, keep: bool
    ) -> TemplateResponse | None:
        chosen = dict(queryset.order_by().values_list("pk", "user")[: MAX_SELECTED + 1])
        ended = len(request.POST.getlist(ACTION_CHECKBOX_NAME)) - len(chosen)
        if ended > 0:
            text = ngettext(
                "%(count)s selected session had already ended.",
                "%(count)s selected sessions had already ended.",
                ended,
            )
            messages.warning(request, text % {"count": ended})
        return confirmation_page_for_users(
            self.admin_site, request, chosen.values(), keep=chosen if keep else ()
        )

    def _confirmation(
        self,
        request: HttpRequest,
        criteria: Criteria,
        query: str | None = None,
        *,
        back: str | None = None,
    ) -> HttpResponse:
        """Return the confirmation page, or redirect to where it leads back if no session matches.

        :param query: the query string of the list to return to; by default that of the list from
            which the page was opened.
        :param back: the path to return to in place of the list.
        """
        if query is None:
            query = request.GET.get("_changelist_filters", "")
        back = back or self._list_url(request, query)
        page = confirmation_page(self.admin_site, request, criteria, back=back)
        return page or HttpResponseRedirect(back)

    def _list_url(self, request: HttpRequest, query: str) -> str:
        """Return the URL of the list with its query; the index if the user may not view it."""
        if not self.has_view_permission(request):
            return reverse("admin:index", current_app=self.admin_site.name)
        back = admin_url(self.admin_site, "usersession_changelist")
        return f"{back}?{query}" if query else back
