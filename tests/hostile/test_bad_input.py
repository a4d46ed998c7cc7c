"""Values that databases refuse, sent to Django's pages in the admin."""

import io
import json
import logging
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import TooManyFieldsSent
from django.core.handlers.wsgi import WSGIHandler
from django.db import DataError, transaction
from django.test import Client as Browser
from django.test import RequestFactory

from cumulonimbus import wsgi
from tests.admin_paths import GROUPS, SESSIONS
from tests.api import Login

pytestmark = pytest.mark.django_db

COMPLETING = "/admin/autocomplete/?app_label=cumulonimbus&model_name=user&field_name=groups&term="
HUGE = "9" * 40


@pytest.fixture
def desk(roots_desk: Browser) -> Browser:
    roots_desk.raise_request_exception = False
    return roots_desk


@pytest.mark.parametrize(
    "path",
    [
        f"{COMPLETING}%00",
        f"{COMPLETING}a%00b",
        f"{GROUPS}?name=%00",
        f"{GROUPS}?name__startswith=%00",
        f"{GROUPS}?q=%00",
        f"{GROUPS}?%00=1",
        f"{GROUPS}?e=%00",
        "/admin/?x=%00",
        "/admin/jsi18n/?x=%00",
        "/admin/login/?next=%00",
    ],
)
def test_in_a_query(desk: Browser, path: str) -> None:
    assert desk.get(path).status_code == 400


def test_a_number_too_large_for_any_column(desk: Browser) -> None:
    """Values that can be compared match nothing. Others are refused."""
    assert desk.get(f"{GROUPS}?id__in={HUGE}").status_code in {200, 400}


@pytest.mark.parametrize("key", ["\x00", HUGE, "x", str(2**63)])
def test_in_a_selection(desk: Browser, key: str) -> None:
    posted = {"action": "delete_selected", "_selected_action": [key]}
    assert desk.post(GROUPS, posted).status_code == 400


def test_a_choice_too_large_for_any_column(desk: Browser) -> None:
    posted = {"name": "Helpers", "permissions": [HUGE]}
    with transaction.atomic():
        assert desk.post(f"{GROUPS}add/", posted).status_code in {200, 400}
        transaction.set_rollback(True)
    assert not Group.objects.exists()


@pytest.mark.parametrize(
    "criteria",
    [
        {"kind": "filter", "query": "browser=\ud800"},
        {"kind": "filter", "query": "q=\ud800"},
        {"kind": "users", "ids": ["\ud800"], "keep": []},
        {"kind": "sessions", "pks": ["\ud800"]},
    ],
)
def test_criteria_with_a_lone_surrogate(desk: Browser, criteria: Any) -> None:
    posted = {
        "criteria": json.dumps(criteria),
        "reason": "a drill",
        "confirmation": str(uuid.uuid4()),
        "back": "/admin/",
        "everybody": "everybody",
    }
    assert desk.post(f"{SESSIONS}end/confirmed/", posted).status_code == 400


def test_forms_still_report_their_own_errors(desk: Browser) -> None:
    page = desk.post(f"{GROUPS}add/", {"name": "a\x00b"})
    assert page.status_code == 200
    assert "Null characters are not allowed." in page.content.decode()


MULTIPART = b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n\xe9\r\n--x--\r\n'


class TestEncodings:
    """Python codecs that are not text encodings count as unknown."""

    @pytest.mark.parametrize("charset", ["hex", "idna", "punycode", "undefined", "rot13", "x"])
    def test_of_the_body(self, desk: Browser, me: Login, charset: str) -> None:
        content_type = f"multipart/form-data; boundary=x; charset={charset}"
        response = me.api("POST", "/users/me/sessions", MULTIPART, content_type=content_type)
        assert response.status_code == 400
        assert response.json()["fields"] == ["name", "permissionFlags"]
        page = desk.generic("POST", "/admin/password_change/", MULTIPART, content_type)
        assert page.status_code == 200

    @pytest.mark.parametrize(
        ("charset", "query", "statuses"),
        [
            ("hex", "limit=%C3%A9", {"200 OK", "401 Unauthorized"}),
            ("idna", "limit=%C3%A9", {"200 OK", "401 Unauthorized"}),
            ("undefined", "limit=%C3%A9", {"200 OK", "401 Unauthorized"}),
            ("utf-8", "&".join(["a=1"] * 2_000), {"400 Bad Request", "401 Unauthorized"}),
        ],
    )
    @pytest.mark.parametrize("path", ["/admin/login/", "/api/v5/users/me/sessions"])
    def test_of_the_body_of_a_request_with_a_query(
        self, settings: Any, charset: str, query: str, statuses: set[str], path: str
    ) -> None:
        settings.SECURE_SSL_REDIRECT = False
        environ = RequestFactory().get(path).META
        environ |= {"CONTENT_TYPE": f"text/plain; charset={charset}", "QUERY_STRING": query}
        with pytest.raises((LookupError, UnicodeError, TooManyFieldsSent)):
            # Django's own handler. Once this fails, the project needs no request class.
            WSGIHandler.request_class(environ)
        answered: list[str] = []
        wsgi.application(environ, lambda status, headers: answered.append(status))
        assert set(answered) <= statuses


@pytest.mark.parametrize(
    ("path", "posted", "status"),
    [
        (f"{SESSIONS}end/confirmed/", {}, 400),
        (f"{GROUPS}", {"action": "delete_selected", "_selected_action": ["x"]}, 400),
        (f"{SESSIONS}add/", {}, 403),
        ("/admin/sessions_api/auditevent/add/", {"x": "\r\nforged"}, 403),
        (f"{SESSIONS}?forged%0D%0Aline=1", {}, 400),
        (f"{SESSIONS}\r\nforged/delete/", {}, 302),
    ],
)
def test_a_refusal_is_logged_on_one_line(
    desk: Browser, written: io.StringIO, path: str, posted: dict[str, Any], status: int
) -> None:
    assert desk.post(path, posted).status_code == status
    assert len(written.getvalue().splitlines()) == (1 if status >= 400 else 0)


def test_a_failure_is_logged_with_its_traceback(
    desk: Browser, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> Any:
        raise ValueError("ours")

    monkeypatch.setattr("django.contrib.auth.admin.GroupAdmin.get_queryset", fail)
    assert desk.get(GROUPS).status_code == 500
    assert "Traceback" in written.getvalue()


def test_the_traceback_of_a_refused_value_is_logged_at_debug(
    desk: Browser, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> Any:
        raise DataError

    monkeypatch.setattr("django.contrib.auth.admin.GroupAdmin.get_queryset", refuse)
    with caplog.at_level(logging.DEBUG, "sessions_api.http.middleware"):
        assert desk.get(GROUPS).status_code == 400
    assert any(record.exc_info for record in caplog.records if record.levelno == logging.DEBUG)
