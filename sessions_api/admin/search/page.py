"""The page of the search."""

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.links import list_url, searched_models
from sessions_api.admin.search.kinds import KINDS
from sessions_api.admin.search.results import LONGEST, Search


class SearchMixin(ModelAdmin):
    """Mixed into the admin of sessions: the page that searches everything, by its parameter ``q``.

    It only reads, and shows the kinds of rows that the user may view.
    """

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        view = self.admin_site.admin_view(require_safe(self.search_view))
        return [path("find/", view, name="sessions_api_usersession_find"), *super().get_urls()]

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Show what was found, or redirect to it if it is one page.

        :raises PermissionDenied: the user may view nothing that is searched.
        """
        search = Search(self.admin_site, request, request.GET.get("q", ""))
        if not any(search.may_view(model) for model in searched_models()):
            raise PermissionDenied
        is_asked = bool(search.term) and not search.is_too_long
        found = [kind(search) for kind in KINDS] if is_asked else []
        results = [one for one in found if one is not None]
        urls = [url for one in results for url in one.urls]
        if len(urls) == 1:
            return HttpResponseRedirect(urls[0])
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Search"),
            "opts": self.opts,
            "search": search,
            "results": [one for one in results if one.urls],
            "looked_for": [one.looked_for for one in results],
            "longest": LONGEST,
            "users_url": self._users_url(search),
        }
        return TemplateResponse(request, "admin/sessions_api/search.html", context)

    def _users_url(self, search: Search) -> str:
        """Return the list of users, which searches parts of names; empty without its search."""
        if not (search.term and search.finds_users):
            return ""
        shown_by = self.admin_site.get_model_admin(get_user_model())
        has_search = bool(shown_by.get_search_fields(search.request))
        return list_url(self.admin_site, get_user_model(), q=search.term) if has_search else ""
