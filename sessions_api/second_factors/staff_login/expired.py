"""Posts to the admin that come when their user is logged in no more.

After the login Django would have the browser read the page to which was posted, with the selection
and the form lost: a question about one session became one about all. Here it reads the list to
which that page belongs, and the list says that nothing was changed.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import NoReverseMatch, path, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils.http import urlencode

from killswitches.expired import nothing_changed

#: The name of the page to which the login leads on.
LOGGED_OUT = "logged_out"


class ExpiredLoginMixin(AdminSite):
    """Mixed into an admin site: after an expired login no question turns into another."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's own, and where the login leads after a post that came too late."""
        view = self.admin_view(self.logged_out_view)
        return [path("logged-out/", view, name=LOGGED_OUT), *super().get_urls()]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Django's own, but the login leads on to a list from whatever was posted."""

        def let_in(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            request.let_into_admin = True  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded = super().admin_view(update_wrapper(let_in, view), cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            response = guarded(request, *args, **kwargs)
            is_reading = request.method in ("GET", "HEAD")
            if is_reading or getattr(request, "let_into_admin", False):
                return response
            login = reverse("admin:login", current_app=self.name)
            # Others are the way out of a logout, and the refusal of a form of another site.
            if response.status_code != 302 or not response.url.startswith(login):
                return response
            return redirect_to_login(self._page_after_login(request), login)

        return update_wrapper(inner, guarded)

    def logged_out_view(self, request: HttpRequest) -> HttpResponse:
        """Lead to the list that the query names, or to the index where it may not be seen."""
        return nothing_changed(request, self._list(request) or self._url("index"))

    def _page_after_login(self, request: HttpRequest) -> str:
        """The path to :meth:`logged_out_view`, which says of which list was spoken."""
        # By the path, for not every page of a model has a name that begins with the model's.
        place = request.path.removeprefix(self._url("index"))
        models = {f"{one._meta.app_label}/{one._meta.model_name}/": one for one in self._registry}
        prefix = next(filter(place.startswith, models), None)
        if prefix is None:
            return self._url(LOGGED_OUT)
        filters = request.GET.get("_changelist_filters", "")
        if place == prefix:
            filters = request.GET.urlencode()
        query = {"of": models[prefix]._meta.label_lower} | ({"filters": filters} if filters else {})
        return f"{self._url(LOGGED_OUT)}?{urlencode(query)}"

    def _list(self, request: HttpRequest) -> str | None:
        for model, model_admin in self._registry.items():
            options = model._meta
            if options.label_lower != request.GET.get("of"):
                continue
            if not model_admin.has_view_or_change_permission(request):
                return None
            try:
                url = self._url(f"{options.app_label}_{options.model_name}_changelist")
            except NoReverseMatch:  # a host's admin class may have no list
                return None
            filters = QueryDict(request.GET.get("filters", "")).urlencode()
            return f"{url}?{filters}" if filters else url
        return None

    def _url(self, name: str) -> str:
        return reverse(f"admin:{name}", current_app=self.name)
