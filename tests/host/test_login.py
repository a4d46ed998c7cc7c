"""Logging in with an email address."""

import unicodedata
from typing import Any

import pytest

from sessions_api.models import AuditEvent, UserSession
from sessions_api.testing import SessionClient
from tests.host.callers import PASSWORD
from tests.host.models import Member

GOOD = {"username": "mia@example.com", "password": PASSWORD}


@pytest.mark.parametrize("email", ["mia@example.com", "MIA@Example.Com", " mia@example.com "])
def test_the_email_address_is_the_login_name(
    api_client: SessionClient, mia: Member, email: str
) -> None:
    answer = api_client.post("/auth/login", GOOD | {"username": email})
    assert answer.status_code == 201
    api_client.credentials(HTTP_AUTHORIZATION=answer.json()["token"])
    opened = api_client.get("/auth/users/me/sessions/me")
    assert opened.json()["id"] == UserSession.objects.get(user=mia).sid


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"username": "nobody@example.com"}, 404, "INVALID_USER_ERROR"),
        ({"username": "mia"}, 404, "INVALID_USER_ERROR"),
        ({"username": "x" * 300 + "@example.com"}, 404, "INVALID_USER_ERROR"),
        ({"password": "wrong"}, 401, "INVALID_PASSWORD_ERROR"),
    ],
)
def test_a_failed_login(
    api_client: SessionClient, mia: Member, change: dict[str, Any], status: int, code: str
) -> None:
    answer = api_client.post("/auth/login", GOOD | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not UserSession.objects.exists()


def test_a_banned_member(api_client: SessionClient, mia: Member) -> None:
    Member.objects.update(is_active=False)
    answer = api_client.post("/auth/login", GOOD)
    assert (answer.status_code, answer.json()["code"]) == (403, "BANNED_ERROR")


def test_the_audit_log_names_members_by_their_email_address(
    api_client: SessionClient, mia: Member
) -> None:
    api_client.post("/auth/login", GOOD)
    event = AuditEvent.objects.get()
    assert (event.kind, event.subject, event.subject_name) == ("login", mia, "mia@example.com")


def test_the_api_requires_no_csrf_token_with_an_admin_cookie(mia: Member, staff: Member) -> None:
    browser = SessionClient(enforce_csrf_checks=True)
    browser.force_login(staff)
    browser.credentials()
    answer = browser.post("/auth/login", GOOD)
    assert answer.status_code == 201
    browser.credentials(HTTP_AUTHORIZATION=answer.json()["token"])
    assert browser.delete("/auth/users/me/sessions/me").status_code == 200
    assert browser.post("/auth/nowhere").json()["code"] == "INVALID_ENDPOINT_ERROR"
    # The host's own pages are still protected.
    assert browser.post("/admin/logout/").status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/auth/", "/auth/nowhere", "/auth/nowhere/", "/auth/v5/login"])
def test_an_unknown_path_gets_a_json_response(
    api_client: SessionClient, db: None, method: str, path: str
) -> None:
    answer = api_client.generic(method, path)
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": "INVALID_ENDPOINT_ERROR", "message": "Invalid Endpoint"},
    )


def test_a_name_is_found_in_any_unicode_normalization_form(
    api_client: SessionClient, db: None
) -> None:
    """In decomposed form it has more characters than the column allows."""
    name = f"{'é' * 200}@example.com"
    Member.objects.create_user(name, PASSWORD)
    for form in ("NFC", "NFD"):
        body = {"username": unicodedata.normalize(form, name), "password": PASSWORD}
        assert api_client.post("/auth/login", body).status_code == 201
