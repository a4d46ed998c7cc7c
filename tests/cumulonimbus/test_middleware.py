"""The middleware, and responses of Django itself, on paths of the API and elsewhere."""

from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from cumulonimbus.middleware import is_api
from cumulonimbus.models import User
from tests.failing_pages import pages_fail_with


class TestApiPaths:
    """With DEBUG off, as in the tests, Django's own responses under the API are JSON."""

    @pytest.mark.parametrize("where", ["/api/nowhere", "/api/nowhere/"])
    def test_errors_are_json(self, where: str) -> None:
        client = Client(raise_request_exception=False)
        missing = client.post(where)
        assert (missing.status_code, missing.json()["code"]) == (404, "INVALID_ENDPOINT_ERROR")
        refused = client.get(where, headers={"host": "elsewhere.example.org"})
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_BODY_ERROR")
        for error, status, code in (
            (PermissionDenied(), 403, "INSUFFICIENT_PERMISSIONS_ERROR"),
            (LookupError(), 500, "INTERNAL_SERVER_ERROR"),
        ):
            with pages_fail_with(error):
                answer = client.get(where)
            assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_other_paths_get_html_pages(self) -> None:
        client = Client(raise_request_exception=False)
        for answer in (
            client.get("/"),
            client.get("/apis"),
            client.get("/nowhere"),
            client.get("/", headers={"host": "x"}),
        ):
            assert answer["Content-Type"].startswith("text/html")

    def test_requests_skip_all_page_middleware_at_once(self) -> None:
        """The first in a row checks the path. CSRF protection and cookies check it per view."""
        with mock.patch("cumulonimbus.middleware.is_api", wraps=is_api) as decided:
            Client().get("/api/nowhere")
        assert decided.call_count == 3

    @pytest.mark.django_db
    def test_requests_bypass_page_middleware(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(User.objects.create_user("ann"))
        page = client.get("/nowhere")
        assert page.wsgi_request.user.username == "ann"
        assert page["X-Frame-Options"] == "DENY"
        assert client.post("/admin/login/").status_code == 403

        def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse()

        with override_settings(
            ROOT_URLCONF=type("Urls", (), {"urlpatterns": [path("api/x", view)]})
        ):
            answer = client.post("/api/x")
        assert answer.status_code == 200
        assert not {"user", "session", "_messages"} & vars(answer.wsgi_request).keys()
        assert "X-Frame-Options" not in answer
