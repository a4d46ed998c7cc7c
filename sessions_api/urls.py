"""URL patterns of all dialects, with a JSON 404 for every other path.

A host that wants only some dialects includes their ``urls`` under prefixes of its own, and ends
each list with :data:`fallback` or with the dialect's own fallback.
"""

from django.apps import apps
from django.urls import include, re_path

from sessions_api.http.dialects.base import fallback_route
from sessions_api.http.dialects.v3 import urls as v3
from sessions_api.http.dialects.v4 import urls as v4
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.http.dialects.wolfpal import urls as wolfpal
from sessions_api.http.viewsets.hello import HelloViewSet

fallback = fallback_route()

hello = re_path(
    r"^\Z", HelloViewSet.as_view(dict.fromkeys(HelloViewSet.http_method_names, "hello"))
)

v3_alone = [*v3.urlpatterns, *v3.example_urlpatterns, *v3.list_urlpatterns]

# No path matches two of them, except v3's /sessions/all, which must precede WolfPal's session of
# that id. The most frequent ones come first.
urlpatterns = [
    *v5.urlpatterns,
    re_path(r"^v5/", include([*v5.urlpatterns, fallback])),
    *v3.urlpatterns,
    *v3.example_urlpatterns,
    re_path(r"^v3/", include([*v3_alone, v3.fallback])),
    *wolfpal.urlpatterns,
    re_path(r"^wolfpal/", include([*wolfpal.urlpatterns, wolfpal.fallback])),
    re_path(r"^v4/", include([*v4.urlpatterns, fallback])),
    hello,
]

if apps.is_installed("drf_spectacular"):
    from sessions_api.http.dialects.v3.openapi import V3
    from sessions_api.http.dialects.v4.openapi import V4
    from sessions_api.http.dialects.v5.openapi import V5
    from sessions_api.http.dialects.wolfpal.openapi import WOLFPAL
    from sessions_api.http.openapi.description import Description
    from sessions_api.http.openapi.urls import documentation_routes

    urlpatterns += documentation_routes(
        [
            Description(V5, ["", "v5"], root_routes=[hello]),
            Description(V4, ["v4"]),
            Description(V3, ["v3", ""]),
            Description(WOLFPAL, ["wolfpal", ""]),
        ]
    )

urlpatterns += [fallback]
