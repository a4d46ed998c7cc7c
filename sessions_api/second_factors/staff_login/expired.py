"""Handling forms that are posted to the admin after the login has expired.

After the new login, Django would redirect to the URL of the form, without its data: a confirmation
to end one session would turn into one to end all of them. Here it redirects to the list that the
page belongs to, with a message that nothing was changed.
"""

from collections.abc import Callable, Iterator
from functools import update_wrapper
from string import ascii_letters
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import NoReverseMatch, path, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils.crypto import get_random_string
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from killswitches.expired import nothing_changed

#: The name of the page that the login redirects to.
LOGGED_OUT = "logged_out"
#: The cookie by which that page recognizes the browser that posted. Each post has its own page,
#: whose path the cookie is limited to, because several may be pending at once.
COOKIE = "admin_logged_out"
#: The time for logging in again, in seconds.
LIFETIME = 3600

MESSAGE = _("You were logged out; nothing was changed.")


View = Callable[..., HttpResponseBase]


class ExpiredLoginMixin(AdminSite):
    """Mixed into an admin site: a post after the login has expired redirects to a list."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the page that the login redirects to after such a post."""
        view = self.admin_view(self.logged_out_view)
        return [path("logged-out/<slug:post>/", view, name=LOGGED_OUT), *super().get_urls()]

    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        """Wrap a view so that the login after a post redirects to a list."""

        def admitted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            # Read by inner(), which has the same request.
            request.is_admitted_to_admin = True  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded = super().admin_view(update_wrapper(admitted, view), cacheable)

        def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            response = guarded(request, *args, **kwargs)
            is_reading = request.method in ("GET", "HEAD")
            if is_reading or getattr(request, "is_admitted_to_admin", False):
                return response
            login = reverse("admin:login", current_app=self.name)
            # Other responses redirect after a logout, or refuse the form of another site.
            if response.status_code != 302 or not response.headers["Location"].startswith(login):
                return response
            post = get_random_string(12, ascii_letters)
            page = self._url(LOGGED_OUT, post)
            redirect = redirect_to_login(f"{page}{self._query(request)}", login)
            redirect.set_signed_cookie(
                COOKIE,
                post,
                salt=COOKIE,
                max_age=LIFETIME,
                path=page,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
            return redirect

        return update_wrapper(inner, guarded)

    def logged_out_view(self, request: HttpRequest, post: str) -> HttpResponse:
        """Redirect to the list that the query names, or to the index if the user may not view it.

        The browser that posted gets a message, once; others have merely followed a link.
        """
        url = self._list(request) or self._url("index")
        known = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=LIFETIME)
        if known != post:
            return HttpResponseRedirect(url)
        response = nothing_changed(request, url, str(MESSAGE))
        response.delete_cookie(COOKIE, path=request.path, samesite="Lax")
        return response

    def _query(self, request: HttpRequest) -> str:
        """Return the query string that names the list for :meth:`logged_out_view`."""
        # Found by the path, because not every URL name begins with that of the model.
        page_path = request.path.removeprefix(self._url("index"))
        models = {f"{one._meta.app_label}/{one._meta.model_name}/": one for one in self._models()}
        prefix = next(filter(page_path.startswith, models), None)
        if prefix is None:
            return ""
        filters = request.GET.get("_changelist_filters", "")
        if page_path == prefix:
            filters = request.GET.urlencode()
        query = {"of": models[prefix]._meta.label_lower} | ({"filters": filters} if filters else {})
        return f"?{urlencode(query)}"

    def _list(self, request: HttpRequest) -> str | None:
        for model in self._models():
            options = model._meta
            if options.label_lower != request.GET.get("of"):
                continue
            if not self.get_model_admin(model).has_view_or_change_permission(request):
                return None
            try:
                url = self._url(f"{options.app_label}_{options.model_name}_changelist")
            except NoReverseMatch:  # a host's admin class may have no list
                return None
            filters = QueryDict(request.GET.get("filters", "")).urlencode()
            return f"{url}?{filters}" if filters else url
        return None

    def _models(self) -> Iterator[type[Model]]:
        return filter(self.is_registered, apps.get_models())

    def _url(self, name: str, *args: str) -> str:
        return reverse(f"admin:{name}", args=args, current_app=self.name)
