"""What the admin of sessions does to end them: actions, and pages that lead to one confirmation."""

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
from sessions_api.admin.bulk_sign_outs.confirmation import admin_url, answer, ask, ask_about_users
from sessions_api.admin.bulk_sign_outs.criteria import (
    MOST_NAMED,
    Criteria,
    Selected,
    matching,
    of_users,
    selected,
)
from sessions_api.admin.guards import denied_without_authority
from sessions_api.admin.links import redirect_not_found
from sessions_api.models import UserSession, UserSessionQuerySet


class EndSessionsMixin(ServiceManagedAdmin):
    """Mixed into the admin of sessions. Deleting is ending, through the service of the API."""

    actions = ["delete_selected", "end_all_of_owners", "end_all_others"]

    def has_delete_permission(self, request: HttpRequest, obj: UserSession | None = None) -> bool:
        """As Django's permissions say, but sessions of superusers are for superusers to end."""
        return self.is_permitted(request, "delete") and (
            obj is None or may_act_on(request.user, obj.user)
        )

    def get_urls(self) -> list[URLPattern]:
        """Django's own; where with the query of the list is asked about what that finds; where all
        endings are confirmed, whose address asks nothing when it is read; and pages that ask about
        all sessions of a user, and all but one."""
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
        """Ask about them."""
        criteria: Criteria
        if request.POST.get("select_across") == "1":
            criteria = matching(request.GET.urlencode())
        else:
            criteria = selected(request.POST.getlist(ACTION_CHECKBOX_NAME))
        return ask(self.admin_site, request, criteria, back=request.get_full_path())

    @admin.action(permissions=["delete"], description=_("End all sessions of their users"))
    def end_all_of_owners(
        self, request: HttpRequest, queryset: UserSessionQuerySet
    ) -> TemplateResponse | None:
        """Ask about every session of everybody who owns a selected one."""
        return self._ask_about_owners(request, queryset, keep=False)

    @admin.action(permissions=["delete"], description=_("End all other sessions of their users"))
    def end_all_others(
        self, request: HttpRequest, queryset: UserSessionQuerySet
    ) -> TemplateResponse | None:
        """Ask about every session, but the selected ones, of everybody who owns one of these."""
        return self._ask_about_owners(request, queryset, keep=True)

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """Ask about everything that the list finds."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        query = request.GET.urlencode()
        return self._redirect_to_confirmation(request, matching(query), query)

    def confirm_end_view(self, request: HttpRequest) -> HttpResponse:
        """Do what was asked about, whatever it is."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return nothing_changed(request, self._way_back(request, ""))
        with denied_without_authority():
            return answer(self.admin_site, request)

    def end_all_view(self, request: HttpRequest, user_id: str) -> HttpResponse:
        """Ask about all sessions of a user.

        :raises Http404: there is no such user.
        """
        if not self.has_delete_permission(request):
            raise PermissionDenied
        user = find_by_id(unquote(user_id))
        if user is None:
            raise Http404
        if not may_act_on(request.user, user):
            raise PermissionDenied
        return self._redirect_to_confirmation(request, of_users([user.pk]))

    def end_others_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask about all sessions of the owner of one, but that one."""
        session = self._session(request, object_id)
        if session is None:
            return redirect_not_found(self, request, object_id)
        return self._redirect_to_confirmation(request, of_users([session.user_id], [session.pk]))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Ask about one session."""
        session = self._session(request, object_id)
        if session is None:
            return redirect_not_found(self, request, object_id)
        return self._redirect_to_confirmation(request, Selected((session.pk,)))

    def _session(self, request: HttpRequest, object_id: str) -> UserSession | None:
        session = self.get_object(request, unquote(object_id))
        if not self.has_delete_permission(request, session):
            raise PermissionDenied
        return session

    def _ask_about_owners(
        self, request: HttpRequest, queryset: UserSessionQuerySet, *, keep: bool
    ) -> TemplateResponse | None:
        chosen = dict(queryset.order_by().values_list("pk", "user")[: MOST_NAMED + 1])
        gone = len(request.POST.getlist(ACTION_CHECKBOX_NAME)) - len(chosen)
        if gone > 0:
            text = ngettext(
                "%(count)s selected session had already ended.",
                "%(count)s selected sessions had already ended.",
                gone,
            )
            messages.warning(request, text % {"count": gone})
        return ask_about_users(
            self.admin_site, request, chosen.values(), spared=chosen if keep else ()
        )

    def _redirect_to_confirmation(
        self, request: HttpRequest, criteria: Criteria, query: str | None = None
    ) -> HttpResponse:
        """Ask on a page of its own, which leads back to the list.

        :param query: of the list; by default that from which the page was come to.
        """
        if query is None:
            query = request.GET.get("_changelist_filters", "")
        back = self._way_back(request, query)
        page = ask(self.admin_site, request, criteria, back=back)
        return page or HttpResponseRedirect(back)

    def _way_back(self, request: HttpRequest, query: str) -> str:
        """The path of the list, with its query; of the index for who may not see the list."""
        if not self.has_view_permission(request):
            return reverse("admin:index", current_app=self.admin_site.name)
        back = admin_url(self.admin_site, "usersession_changelist")
        return f"{back}?{query}" if query else back
