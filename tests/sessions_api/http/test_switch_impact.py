"""The endpoints that a switch closes, and their traffic."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from killswitches import impact
from killswitches.impact import Impact
from killswitches.registry import (
    ACCOUNT_CREATE,
    ACCOUNT_LOGIN,
    ACCOUNT_MODIFY,
    FILE_CREATE,
    GLOBAL,
    Switch,
)
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.dialects.base import route
from sessions_api.http.dialects.v3 import urls as v3
from sessions_api.http.dialects.v4 import urls as v4
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.http.dialects.wolfpal import urls as wolfpal
from sessions_api.http.permissions import SwitchesAreOff
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.switch_impact import SwitchImpact
from sessions_api.http.viewsets.base import ApiViewSet
from tests.api import OWN_SESSIONS, Api, Login
from tests.caches import DOWN
from tests.policy_table import endpoints

DIALECTS = {"v3": v3, "v4": v4, "v5": v5, "wolfpal": wolfpal}


def policy_table(switch: Switch | None) -> set[str]:
    """Return the endpoints that the switch, or any switch, closes to others than staff."""
    return {
        f"{method} /api/{dialect}{path}"
        for dialect, urls in DIALECTS.items()
        for method, path, viewset, action in endpoints(urls.urlpatterns)
        for table in viewset.policy_tables()
        if table[action].audience is not Audience.STAFF
        and (switch is None or switch in table[action].switches)
    }


def test_the_login_switch_closes_logins() -> None:
    assert list(SwitchImpact().endpoints(ACCOUNT_LOGIN)) == [
        "POST /api/v3/user/session",
        "POST /api/v4/login",
        "POST /api/v5/login",
        "POST /api/v5/users/me/sessions",
    ]


@pytest.mark.parametrize("switch", [ACCOUNT_LOGIN, ACCOUNT_MODIFY, ACCOUNT_CREATE])
def test_a_switch_closes_the_endpoints_of_its_policies(switch: Switch) -> None:
    lines = SwitchImpact().endpoints(switch)
    assert set(lines) == policy_table(switch)
    assert len(lines) == len(set(lines))


def test_global_closes_everything_except_staff_endpoints() -> None:
    hello, *others = SwitchImpact().endpoints(GLOBAL)
    assert hello == "GET, POST, PUT, PATCH, DELETE, TRACE /api/"
    assert set(others) == policy_table(None)
    assert not any("killswitches" in line for line in others)


class UploadViewSet(ApiViewSet):
    policies = {
        "create": Policy(audience=Audience.USERS, switches=(FILE_CREATE,)),
        "inspect": Policy(audience=Audience.STAFF, switches=(FILE_CREATE,)),
    }

    def create(self, request: Request) -> Response:
        return Response()


class TokenView(APIView):
    """A plain REST framework view."""

    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response()


class ExportViewSet(ViewSet):
    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [
        IsAdminUser | ~SwitchesAreOff(FILE_CREATE) & SwitchesAreOff(ACCOUNT_CREATE),
        SwitchesAreOff(),
    ]

    def list(self, request: Request) -> Response:
        return Response()

    def create(self, request: Request) -> Response:
        return Response()


def plain(request: Any) -> HttpResponse:
    return HttpResponse()


def host_urls() -> type:
    """Install the URLs of a host with its own endpoints."""
    upload = UploadViewSet.as_view({"post": "create", "get": "inspect"})
    patterns = [
        path("files/<int:number>/", upload),
        path("plain", plain),
        path("mounted/", include([route("files", UploadViewSet, put="create")])),
    ]
    return type("Urls", (), {"urlpatterns": patterns})


def test_a_hosts_viewsets_are_included() -> None:
    with override_settings(ROOT_URLCONF=host_urls()):
        assert list(SwitchImpact().endpoints(FILE_CREATE)) == [
            "POST /files/:number/",
            "PUT /mounted/files",
        ]
        assert list(SwitchImpact().endpoints(ACCOUNT_LOGIN)) == []
    assert list(SwitchImpact().endpoints(FILE_CREATE)) == []


def test_a_hosts_plain_views_with_token_authentication_are_included() -> None:
    patterns = [
        path("export", ExportViewSet.as_view({"get": "list", "post": "create"})),
        path("files", TokenView.as_view(permission_classes=[SwitchesAreOff(FILE_CREATE)])),
        path("gated", UploadViewSet.as_view({"post": "create"})),
        path("open", TokenView.as_view(authentication_classes=[])),
        path("profile", TokenView.as_view()),
    ]
    with override_settings(ROOT_URLCONF=type("Urls", (), {"urlpatterns": patterns})):
        exports, files, gated, profile = (
            ["GET /export", "POST /export"],
            ["GET /files"],
            ["POST /gated"],
            ["GET /profile"],
        )
        endpoints = SwitchImpact().endpoints
        assert endpoints(GLOBAL) == exports + files + gated + profile
        assert endpoints(FILE_CREATE) == exports + files + gated
        assert endpoints(ACCOUNT_CREATE) == exports
        assert endpoints(ACCOUNT_LOGIN) == []


@pytest.mark.django_db
def test_requests_to_plain_views_are_not_counted() -> None:
    patterns = [path("files", TokenView.as_view(permission_classes=[SwitchesAreOff(FILE_CREATE)]))]
    with override_settings(ROOT_URLCONF=type("Urls", (), {"urlpatterns": patterns})):
        Api(prefix="")("GET", "/files")
        assert SwitchImpact().impact(FILE_CREATE) == Impact(requests=0, users=0, anonymous=0)


def test_a_project_without_urls_has_no_endpoints() -> None:
    with override_settings():
        from django.conf import settings

        del settings.ROOT_URLCONF
        assert list(SwitchImpact().endpoints(GLOBAL)) == []


def test_the_numbers_are_shown_on_the_pages_of_switches(
    me: Login, other: Login, bobs: Login, boss: Login, api: Api
) -> None:
    for login in (me, other, bobs):
        login.api("DELETE", f"{OWN_SESSIONS}/1")
    Api(prefix="/api", token=me.token)("DELETE", f"{OWN_SESSIONS}/1")
    me.api("GET", f"{OWN_SESSIONS}/me")
    boss.api("DELETE", f"/users/{me.user.pk}/sessions/1")
    for prefix in ("/api", "/api/v5", "/api/v4"):
        Api(prefix=prefix)("POST", "/login", {})

    assert impact.impact_of(ACCOUNT_MODIFY) == Impact(requests=4, users=2, anonymous=0)
    assert impact.impact_of(ACCOUNT_LOGIN) == Impact(requests=3, users=0, anonymous=1)
    assert impact.impact_of(GLOBAL) == Impact(requests=8, users=2, anonymous=1)
    assert impact.impact_of(ACCOUNT_CREATE) == Impact(requests=0, users=0, anonymous=0)
    assert impact.endpoints_of(ACCOUNT_LOGIN) == SwitchImpact().endpoints(ACCOUNT_LOGIN)


def test_only_the_numbers_are_missing_while_the_cache_is_down() -> None:
    with override_settings(CACHES={"default": DOWN}):
        assert impact.impact_of(ACCOUNT_LOGIN) is None
        assert impact.endpoints_of(ACCOUNT_LOGIN)
