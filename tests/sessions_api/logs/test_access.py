"""The access line: whom it names, what it leaves out, and in which form."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from tests.api import OWN_SESSIONS, Api, Login
from tests.browser import browser_of
from tests.sessions_api.logs.captured import captured

pytestmark = pytest.mark.django_db


@pytest.fixture
def access_log() -> Iterator[None]:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"ACCESS_LOG": True}):
        yield


def lines(text: Any) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.getvalue().splitlines()]
    return [line for line in found if line["logger"] == "sessions_api.access"]


@pytest.mark.usefixtures("access_log")
def test_a_request_to_the_api(me: Login) -> None:
    api = Api(token=me.token, address="2001:db8::7")
    with captured("json") as text:
        api("GET", f"{OWN_SESSIONS}/{me.session.sid}?page=secret", HTTP_X_REQUEST_ID="abc")
    [line] = lines(text)
    assert line.pop("ms") >= 0
    assert line.pop("time").endswith("Z")
    message = line.pop("message")
    route = "/api/v5/users/me/sessions/<sid>"
    assert line == {
        "level": "INFO",
        "logger": "sessions_api.access",
        "request_id": "abc",
        "method": "GET",
        "route": route,
        "status": 200,
        "user": me.user.pk,
        "session": me.session.sid,
        "network": "2001:db8::/64",
    }
    assert message.startswith(f"GET {route} 200 ")
    assert me.token not in text.getvalue()
    assert "secret" not in text.getvalue()


@pytest.mark.usefixtures("access_log")
def test_a_page_names_who_is_logged_in(staff: Any, client: Client) -> None:
    with captured("json") as text:
        browser_of(staff).get("/admin/")
        client.get("/admin/login/")
    [known, unknown] = lines(text)
    assert (known["user"], known["session"]) == (str(staff.pk), "-")
    assert unknown["user"] == "-"


@pytest.mark.usefixtures("access_log")
def test_a_link_is_logged_by_its_route(client: Client) -> None:
    with captured() as text:
        client.get("/account/password/MQ/c3ab8f-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/")
        client.get("/livez")
        client.generic("X\x1b[31m", "/nothing?token=xyz")
    found = text.getvalue()
    assert "GET /account/password/<uidb64>/<token>/ " in found
    assert "c3ab8f" not in found
    assert "- - 404 " in found
    # Not hexadecimal digits, as request ids have.
    assert "xyz" not in found
    assert "\x1b" not in found
    assert "livez" not in found


def test_it_is_off_by_default(me: Login) -> None:
    with captured() as text:
        Api(token=me.token)("GET", OWN_SESSIONS)
    assert text.getvalue() == ""


def test_it_takes_no_query(staff: Any) -> None:
    taken = []
    for on in (False, True):
        with override_settings(SESSIONS_API=settings.SESSIONS_API | {"ACCESS_LOG": on}):
            browser = browser_of(staff)
            with CaptureQueriesContext(connection) as queries:
                browser.get("/admin/password_change/")
            taken.append(len(queries))
    assert taken[0] == taken[1]
