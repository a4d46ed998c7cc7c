"""The examples of the original documentation, each as a request.

Requests are as printed, except for host and token. If the path of an example contradicts its
heading, the heading is right. Placeholders (``sid``, ``:session_id``) are replaced.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.models import UserSession
from tests.api import Api, Login
from tests.policy_table import squeezed
from tests.sessions_api.http.dialects.spellings import V3, V4, V5, WOLFPAL

pytestmark = pytest.mark.django_db

DIALECTS = {"000": V3, "001": V3, "002": V4, "003": V5, "004": WOLFPAL}
# seed, heading | caller | request | body | status, form of the response
EXAMPLES = """
000 GET /user/:id/sessions            | staff | GET /user/1234567890/sessions                 | | 200 list of v3
000 GET /user/:id/session/:sid        | staff | GET /user/1234567890/session/1234567890       | | 200 session of v3
001 GET /user/session                 | joe   | GET /user/session                             | | 200 session of v3
001 GET /user/session/:id             | joe   | GET /user/session/1234567890                  | | 200 session of v3
001 POST /user/session                | -     | POST /user/session                            | {"user": "joe", "pass": "joe", "rememberMe": true} | 201 authenticated
001 GET /user/sessions                | joe   | GET /user/sessions                            | | 200 list of v3
001 DELETE /user/session/:id          | joe   | DELETE /user/session/{sid}                    | | 200 generic
001 DELETE /user/sessions             | joe   | DELETE /user/sessions                         | {"sessions": ["sid1", "sid2"]} | 200 none of v3
001 GET /user/session (example)       | joe   | GET /session                                  | | 200 session of v3
001 GET /user/session/:id (example)   | joe   | GET /session/1234567890                       | | 200 session of v3
001 POST /user/session (example)      | -     | POST /session                                 | {"user": "joe", "pass": "joe", "rememberMe": true} | 201 authenticated
001 DELETE /user/session/:id (ex.)    | joe   | DELETE /session/{sid}                         | | 200 generic
001 DELETE /user/sessions (example)   | joe   | DELETE /sessions                              | {"sessions": ["sid1", "sid2"]} | 200 none of v3
001 DELETE /user/sessions/all (ex.)   | joe   | DELETE /sessions/all?allButSelf=true          | | 200 one of v3
001 DELETE /user/sessions/all (cURL)  | joe   | DELETE /user/sessions/all?allButSelf=true     | | 200 one of v3
001 DELETE /user/sessions/all (fetch) | joe   | DELETE /user/sessions/all?allbutSelf=true     | | 200 one of v3
002 POST /login                       | -     | POST /login                                   | {"username": "alekeagle", "password": "password", "rememberMe": true} | 201 authenticated
002 GET /users/:uid/sessions/:sid     | joe   | GET /users/me/sessions/me                     | | 200 session of v4
002 GET /users/:uid/sessions          | joe   | GET /users/me/sessions                        | | 200 list
002 DELETE /users/:uid/sessions/:sid  | joe   | DELETE /users/me/sessions/me                  | | 200 ended
002 DELETE /users/:uid/sessions       | joe   | DELETE /users/me/sessions                     | {"ids": ["me"]} | 200 one ended
002 DELETE /users/:uid/sessions/all   | joe   | DELETE /users/me/sessions/all                 | | 200 one ended
003 POST /login                       | -     | POST /login                                   | {"username": "alekeagle", "password": "password", "rememberMe": true} | 201 authenticated
003 POST /users/me/sessions (printed) | joe   | POST /users/me/sessions                       | {"name": "Upload Only Token", "permissionFlags": 2, "longLived": true} | 400 password missing
003 POST /users/me/sessions (whole)   | joe   | POST /users/me/sessions                       | {"name": "Upload Only Token", "permissionFlags": 2, "longLived": true, "password": "joe"} | 201 scoped
003 GET /users/me/sessions/:sid       | joe   | GET /users/me/sessions/me                     | | 200 session
003 GET /users/:uid/sessions/:sid     | staff | GET /users/1234567890123/sessions/1234567890  | | 200 session
003 GET /users/me/sessions            | joe   | GET /users/me/sessions                        | | 200 list
003 GET /users/:uid/sessions          | staff | GET /users/1234567890123/sessions             | | 200 list
003 DELETE /users/me/sessions/:sid    | joe   | DELETE /users/me/sessions/me                  | | 200 ended
003 DELETE /users/:uid/sessions/:sid  | staff | DELETE /users/1234567890123/sessions/1234567890 | | 200 ended
003 DELETE /users/me/sessions         | joe   | DELETE /users/me/sessions                     | {"ids": ["me", "1234567890"]} | 200 two ended
003 DELETE /users/:uid/sessions       | staff | DELETE /users/1234567890123/sessions          | {"ids": ["1234567890"]} | 200 one ended
003 DELETE /users/me/sessions/all     | joe   | DELETE /users/me/sessions/all?include-self=true | | 200 two ended
003 DELETE /users/:uid/sessions/all   | staff | DELETE /users/1234567890123/sessions/all      | | 200 one ended
004 Sessions                          | joe   | GET /sessions                                 | | 200 list of wolfpal
004 Revoke Session                    | joe   | DELETE /sessions/{sid}                        | | 200 ended of wolfpal
004 Revoke Sessions                   | joe   | DELETE /sessions                              | | 200 all ended of wolfpal
"""  # noqa: E501


def ended(count: int) -> dict[str, Any]:
    return {
        "code": "DELETE_SESSIONS_SUCCESS",
        "message": "Sessions Successfully Deleted",
        "count": count,
    }


V3_SESSION = {"iat": int, "exp": int, "sub": str, "name": str}
V5_SESSION = {
    "id": int,
    "exp": int,
    "name": str,
    "permissionFlags": int | None,
    "usedAt": str | None,
    "createdAt": str,
    "updatedAt": str,
}
WOLFPAL_SESSION = {
    "device": {"browser": str, "version": str, "platform": str, "os": str, "isDev": bool},
    "location": str,
    "_id": str,
    "expireAt": str,
    "createdAt": str,
}
FORMS: dict[str, Any] = {
    "authenticated": {"token": str, "exp": int},
    "session of v3": V3_SESSION,
    "list of v3": {"count": int, "items": [V3_SESSION]},
    "generic": {"code": "GENERIC_SUCCESS", "message": "Session Deleted"},
    "none of v3": {"count": 0, "type": "session"},
    "one of v3": {"count": 1, "type": "session"},
    "session of v4": {"id": int, "exp": int, "name": str},
    "session": V5_SESSION,
    "scoped": V5_SESSION | {"token": str},
    # The text requires the password, which is missing from the example.
    "password missing": V5.error("MISSING_FIELDS_ERROR", fields=["password"]),
    "list": {"count": int, "items": [{"id": int, "name": str}]},
    "ended": {"code": "DELETE_SESSION_SUCCESS", "message": "Session Successfully Deleted"},
    "one ended": ended(1),
    "two ended": ended(2),
    "list of wolfpal": {"sessions": [WOLFPAL_SESSION]},
    "ended of wolfpal": {"code": "SESSION_REVOKED", "error": "Session has been revoked."},
    "all ended of wolfpal": {
        "code": "ALL_SESSIONS_REVOKE",
        "error": "All Sessions has been revoked.",
    },
}


def fits(value: Any, form: Any) -> bool:
    """Return whether a value has a form: types, keys, and lists with at least one item."""
    match form:
        case dict():
            same_keys = isinstance(value, dict) and value.keys() == form.keys()
            return same_keys and all(fits(value[name], part) for name, part in form.items())
        case [item]:
            return isinstance(value, list) and bool(value) and all(fits(one, item) for one in value)
        case type():
            return type(value) is form
    if isinstance(form, str | int):
        return bool(value == form)
    return form == (type(value) | None) or value is None


@pytest.fixture
def tokens(
    make_user: Callable[..., Any], staff: Any, log_in: Callable[..., Login]
) -> dict[str, str]:
    """Create what the examples refer to, and return the tokens of Joe and of staff."""
    for name, password in (("alekeagle", "password"), ("joe", "joe")):
        user = make_user(name)
        user.set_password(password)
        user.save()
    for owner in (user, *(make_user(f"user{uid}", id=uid) for uid in (1234567890, 1234567890123))):
        UserSession.objects.create(
            user=owner,
            sid=1234567890,
            name="Chrome v87 on Linux",
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
    return {"joe": log_in(user).token, "staff": log_in(staff).token}


@pytest.mark.parametrize("line", squeezed(EXAMPLES), ids=lambda line: line.partition(" |")[0])
def test_example(tokens: dict[str, str], line: str) -> None:
    title, who, request, body, promised = (part.strip() for part in line.split("|"))
    method, path = request.format(sid=1234567890).split(" ")
    status, _, form = promised.partition(" ")
    dialect = DIALECTS[title.partition(" ")[0]]
    # Documented below /api, where v5 has the same paths as v4.
    api = Api(prefix=V4.prefix if dialect is V4 else "/api", token=tokens.get(who))
    content_type = "application/json"
    if dialect is WOLFPAL:
        api.token, content_type = f"Bearer {api.token}", "application/x-www-form-urlencoded"

    response = api(method, path, body, content_type=content_type)

    assert response.status_code == int(status)
    assert fits(response.json(), FORMS[form]), response.json()


def test_the_example_that_names_its_session(tokens: dict[str, str]) -> None:
    body = json.dumps({"username": "alekeagle", "password": "password", "rememberMe": True})
    name = "Way Cool Cumulonimbus Session"
    assert V4.api()("POST", "/login", body, HTTP_X_SESSION_NAME=name).status_code == 201
    assert UserSession.objects.get(user__username="alekeagle").name == name


@pytest.mark.parametrize(
    ("value", "form", "it_fits"),
    [
        ({"id": 1}, {"id": int}, True),
        ({"id": True}, {"id": int}, False),
        ({"id": "1"}, {"id": int}, False),
        ({"id": 1, "more": 1}, {"id": int}, False),
        ({}, {"id": int}, False),
        ({"at": None}, {"at": str | None}, True),
        ({"at": "now"}, {"at": str | None}, True),
        ({"at": 1}, {"at": str | None}, False),
        ([], [int], False),
        ([1, "2"], [int], False),
        ("done", "done", True),
        ("done", "DONE", False),
    ],
)
def test_what_fits(value: Any, form: Any, it_fits: bool) -> None:
    assert fits(value, form) is it_fits
