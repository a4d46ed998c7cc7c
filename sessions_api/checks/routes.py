"""System checks of what a project mounts in its URLs."""

from collections.abc import Iterator
from typing import cast

from django.conf import settings
from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from killswitches.checks import add_to
from sessions_api.checks.messages import warning
from sessions_api.http.switch_impact import View, takes_tokens
from sessions_api.http.viewsets.base import ApiViewSet

MOUNT = add_to(
    "urls.py",
    "from django.urls import include, path",
    "from sessions_api.http.dialects.v5 import urls as v5",
    "from sessions_api.urls import fallback",
    'urlpatterns += [path("auth/", include([*v5.urlpatterns, fallback]))]',
)
AUTHENTICATION = '"sessions_api.http.authentication.SessionTokenAuthentication"'

#: Packages whose views are not the host's own, such as those that describe an API.
OF_OTHERS = ("drf_spectacular.", "drf_yasg.", "rest_framework.", "sessions_api.")


@checks.register("sessions_api")
def check_routes(**kwargs: object) -> list[checks.CheckMessage]:
    """W014: nothing of the API is mounted, so that nobody can log in.

    W015: the host has REST framework views, and none of them takes the tokens of sessions.
    """
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    views = list(_rest_views(get_resolver().url_patterns))
    found: list[checks.CheckMessage] = []
    if not any(issubclass(view.cls, ApiViewSet) for view in views):
        text = "Nobody can log in, because no dialect of the API is mounted in ROOT_URLCONF."
        found.append(warning("W014", text, MOUNT))
    own = [
        view
        for view in views
        if not (issubclass(view.cls, ApiViewSet) or view.cls.__module__.startswith(OF_OTHERS))
    ]
    if own and not any(map(takes_tokens, own)):
        text = "None of the project's REST framework views takes the tokens of sessions."
        found.append(warning("W015", text, add_to("settings.py", _authentication())))
    return found


def _rest_views(patterns: list[URLPattern | URLResolver]) -> Iterator[View]:
    """Yield each routed view of REST framework."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _rest_views(pattern.url_patterns)
            continue
        view = getattr(pattern.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, APIView):
            yield cast(View, pattern.callback)


def _authentication() -> str:
    """Return the line that puts our authentication first, and keeps the classes that are there."""
    given = getattr(settings, "REST_FRAMEWORK", None)
    name = "DEFAULT_AUTHENTICATION_CLASSES"
    if not given:
        return f'REST_FRAMEWORK = {{"{name}": [{AUTHENTICATION}]}}'
    others = f', *REST_FRAMEWORK["{name}"]' if name in given else ""
    return f'REST_FRAMEWORK["{name}"] = [{AUTHENTICATION}{others}]'
