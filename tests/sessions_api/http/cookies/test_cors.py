"""Sessions in cookies for pages of another origin of the same site."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.test import Client, override_settings

from cumulonimbus.configuration.origins import MIDDLEWARE, cors_settings
from tests.sessions_api.http.cookies.page import COOKIE, GOOD, ME, Page

pytestmark = pytest.mark.django_db

APP = "https://app.example.org"
TRUSTED = override_settings(CSRF_TRUSTED_ORIGINS=[APP])


@pytest.fixture(autouse=True)
def _named(_cookies: None) -> Iterator[None]:
    with mock.patch.dict("os.environ", {"CORS_ALLOWED_ORIGINS": APP, "COOKIES": "true"}):
        named = cors_settings("CORS_ALLOWED_ORIGINS")
    with override_settings(MIDDLEWARE=[MIDDLEWARE, *settings.MIDDLEWARE], **named):
        yield


def shown_to(answer: Any) -> tuple[str | None, str | None]:
    """The origin whose pages may read the answer, and whether cookies may come with it."""
    headers = answer.headers
    return (
        headers.get("Access-Control-Allow-Origin"),
        headers.get("Access-Control-Allow-Credentials"),
    )


def test_a_page_that_is_named_and_trusted(ann: Any) -> None:
    with TRUSTED:
        page = Page(origin=APP)
        answer = page.log_in()
        assert (answer.status_code, COOKIE in answer.cookies) == (201, True)
        assert shown_to(answer) == (APP, "true")
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert "X-CSRFToken" in exposed
        assert page("DELETE", ME).status_code == 200


def test_a_page_that_is_named_alone(ann: Any) -> None:
    """It may read what the cookie opens, as it might with a token, and change nothing."""
    page = Page(origin=APP).open()
    answer = page("POST", "/login", GOOD)
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_FAILED_ERROR")
    assert shown_to(answer) == (APP, "true")


def test_others_see_nothing(page: Page) -> None:
    page.origin = "https://evil.example"
    answer = page("GET", ME)
    assert shown_to(answer) == (None, None)
    assert page("DELETE", ME).status_code == 403


@pytest.mark.parametrize("origin", [APP, "https://evil.example"])
def test_preflights(origin: str) -> None:
    answer = Client().options(
        "/api/v5/login",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-csrftoken,x-session-cookie",
        },
    )
    allowed = answer.headers.get("Access-Control-Allow-Headers", "").split(", ")
    assert ({"x-csrftoken", "x-session-cookie"} <= set(allowed)) == (origin == APP)
