"""Creating scoped sessions: POST /users/me/sessions."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from django.contrib.auth import get_user_model

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY, FILE_CREATE, Switch
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import ALL_SCOPES, STAFF_SCOPES, Scope
from tests.api import CHROME, HOME, OWN_SESSIONS, Login
from tests.audit_outage import no_room_for_events
from tests.cast import PASSWORD
from tests.held_up import BeforeTheLock
from tests.rate_clock import Clock

pytestmark = pytest.mark.django_db

GOOD = {"name": "Backup script", "permissionFlags": 36, "password": PASSWORD}
TEN_YEARS = 315_576_000


def create(login: Login, **changes: Any) -> Any:
    return login.api("POST", OWN_SESSIONS, GOOD | changes)


def names_missing(response: Any, *fields: str) -> bool:
    return (response.status_code, response.json()) == (
        400,
        {"code": "MISSING_FIELDS_ERROR", "message": "Missing Fields", "fields": list(fields)},
    )


def is_forbidden(response: Any) -> bool:
    return (response.status_code, response.json()) == (
        403,
        {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"},
    )


def test_the_response(me: Login) -> None:
    response = create(me)
    assert response.status_code == 201
    session = UserSession.objects.exclude(pk=me.session.pk).get()
    body = response.json()
    created = session.created_at.astimezone(UTC).isoformat(timespec="milliseconds")
    created = created.replace("+00:00", "Z")
    token = body.pop("token")
    assert body == {
        "id": session.sid,
        "exp": session.sid + 24 * 60 * 60,
        "name": "Backup script",
        "permissionFlags": 36,
        "usedAt": None,
        "createdAt": created,
        "updatedAt": created,
    }
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["iat"], claims["exp"], claims["name"]) == (
        str(me.user.pk),
        session.sid,
        session.sid + 24 * 60 * 60,
        "Backup script",
    )
    assert (session.address, session.user_agent) == (HOME, CHROME)
    assert session.dialect == "v5"
    # SESSION_READ, but not SESSION_MODIFY.
    assert me.api("GET", f"{OWN_SESSIONS}/me", token=token).json()["permissionFlags"] == 36
    assert is_forbidden(me.api("DELETE", f"{OWN_SESSIONS}/me", token=token))


@pytest.mark.parametrize(
    ("long_lived", "lifetime"),
    [(True, TEN_YEARS), (False, 86_400), (None, 86_400)],
)
def test_the_lifetime(me: Login, long_lived: bool | None, lifetime: int) -> None:
    body = create(me, longLived=long_lived).json()
    assert body["exp"] - body["id"] == lifetime


@pytest.mark.parametrize("long_lived", ["true", 1, 0, [], {}])
def test_invalid_lifetimes(me: Login, long_lived: Any) -> None:
    assert names_missing(create(me, longLived=long_lived), "longLived")


# fmt: off
FLAGS_THAT_ARE_NONE = [
    0, -1, -32, ALL_SCOPES + 1, 1 << 21, (1 << 21) | 4, 1 << 62, 1 << 63, 10**400, 4.0, 4.5,
    True, False, "4", "", None, [], [4], {}, {"4": 4},
]
NAMES_THAT_ARE_NONE = [
    "", " ", "x" * 129, "a\x00b", "a\nb", "a\x7fb", "a\u202eb", "\u200b", "\ud800", "\u2028",
    None, 7, True, ["x"], {"x": 1},
]
# fmt: on


@pytest.mark.parametrize("flags", FLAGS_THAT_ARE_NONE)
def test_invalid_flags(boss: Login, flags: Any) -> None:
    assert names_missing(create(boss, permissionFlags=flags), "permissionFlags")
    assert UserSession.objects.count() == 1


@pytest.mark.parametrize("scope", list(Scope))
def test_each_scope_alone(me: Login, boss: Login, scope: Scope) -> None:
    assert create(boss, permissionFlags=scope.value).json()["permissionFlags"] == scope
    response = create(me, permissionFlags=scope.value)
    if scope & STAFF_SCOPES:
        assert is_forbidden(response)
        assert is_forbidden(create(me, permissionFlags=scope | Scope.SESSION_READ | Scope.ALL))
        assert UserSession.objects.owned_by(me.user).count() == 1
    else:
        assert response.json()["permissionFlags"] == scope


def test_all_grants_users_no_staff_access(me: Login, boss: Login) -> None:
    mine, bosss = (create(login, permissionFlags=1).json()["token"] for login in (me, boss))
    for method, path in [
        ("GET", f"/users/{me.user.pk}/sessions"),
        ("DELETE", f"/users/{me.user.pk}/sessions/1"),
        ("GET", f"/users/{me.user.pk}/2fa"),
        ("GET", "/killswitches"),
    ]:
        assert is_forbidden(me.api(method, path, token=mine))
        assert not is_forbidden(me.api(method, path, token=bosss))
    assert me.api("GET", OWN_SESSIONS, token=mine).status_code == 200


@pytest.mark.parametrize("scope", [Scope.ALL, Scope.STAFF_READ_SESSIONS])
def test_former_staff(boss: Login, scope: Scope) -> None:
    token = create(boss, permissionFlags=scope.value).json()["token"]
    path = f"/users/{boss.user.pk}/sessions"
    assert boss.api("GET", path, token=token).status_code == 200
    type(boss.user).objects.update(is_staff=False)
    assert is_forbidden(boss.api("GET", path, token=token))


@pytest.mark.parametrize("name", ["x", " x ", "x" * 128, f" {'x' * 128} ", "Büro 💻", "<b>"])
def test_names(me: Login, name: str) -> None:
    assert create(me, name=name).json()["name"] == name.strip()


@pytest.mark.parametrize("name", NAMES_THAT_ARE_NONE)
def test_invalid_names(me: Login, name: Any) -> None:
    assert names_missing(create(me, name=name), "name")


def test_the_header_does_not_name_it(me: Login) -> None:
    response = me.api("POST", OWN_SESSIONS, GOOD, HTTP_X_SESSION_NAME="From the header")
    assert response.json()["name"] == "Backup script"


@pytest.mark.parametrize("body", [None, {}, {"other": 1}])
def test_all_missing_fields_are_named(me: Login, body: Any) -> None:
    response = me.api("POST", OWN_SESSIONS, body)
    assert names_missing(response, "name", "permissionFlags", "password")


def test_an_invalid_body_is_reported_before_a_wrong_password(me: Login) -> None:
    response = create(me, name=" ", password="guess")
    assert names_missing(response, "name")
    assert not AuditEvent.objects.filter(kind="reverification_failed").exists()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", "[]"),
        ("application/json", "{"),
        ("application/json", '"name"'),
    ],
)
def test_an_empty_or_malformed_body(me: Login, content_type: str, body: str) -> None:
    response = me.api("POST", OWN_SESSIONS, body, content_type=content_type)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY_ERROR")


@pytest.mark.parametrize(
    ("flags", "status"), [("36", 201), ("-1", 400), ("\u0663", 400), ("", 400)]
)
def test_in_a_form(me: Login, flags: str, status: int) -> None:
    form = f"name=Script&longLived=true&permissionFlags={flags}&password={PASSWORD}"
    response = me.api("POST", OWN_SESSIONS, form, content_type="application/x-www-form-urlencoded")
    assert response.status_code == status


@pytest.mark.parametrize("flags", [Scope.ALL, Scope.SESSION_MODIFY, ALL_SCOPES])
def test_a_scoped_session_cannot_create_another(
    staff: Any, log_in: Callable[..., Login], flags: int
) -> None:
    scoped = log_in(staff, permission_flags=flags)
    assert is_forbidden(create(scoped))
    assert is_forbidden(scoped.api("POST", OWN_SESSIONS))
    assert UserSession.objects.count() == 1


@pytest.mark.parametrize("change", [{}, {"password": "guess"}, {"permissionFlags": 0}])
@pytest.mark.parametrize("switch", [ACCOUNT_MODIFY, ACCOUNT_LOGIN])
def test_kill_switches(me: Login, switch: Switch, change: dict[str, Any]) -> None:
    with switched_on(switch):
        response = create(me, **change)
        assert (response.status_code, response.json()["feature"]) == (503, switch.number)
    assert UserSession.objects.count() == 1


def test_other_kill_switches_and_staff(me: Login, boss: Login) -> None:
    with switched_on(FILE_CREATE):
        assert create(me).status_code == 201
    with switched_on(ACCOUNT_MODIFY), switched_on(ACCOUNT_LOGIN):
        assert create(boss).status_code == 201


@pytest.mark.ratelimited
def test_four_in_five_minutes_per_address_whatever_the_outcome(
    me: Login, bobs: Login, limits_clock: Clock
) -> None:
    limits_clock.now += 1
    answers = [
        create(me),
        create(me, name=""),
        create(bobs),
        create(me, password="guess"),
        create(me),
        create(bobs),
    ]
    assert [answer.status_code for answer in answers] == [201, 400, 201, 401, 429, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["3", "2", "1", "0", "0", "0"]
    assert answers[-1]["RateLimit-Limit"] == "4"
    me.api.address = "203.0.113.9"
    assert create(me).status_code == 201
    me.api.address = HOME
    limits_clock.now += int(answers[-1]["Retry-After"])
    assert create(me).status_code == 201


def test_the_audit_event_names_the_scopes(me: Login) -> None:
    sid = create(me, permissionFlags=Scope.SESSION_READ | Scope.ACCOUNT_READ).json()["id"]
    event = AuditEvent.objects.get(kind="scoped_session")
    assert (event.actor, event.subject, event.address) == (me.user, me.user, HOME)
    assert event.detail == {"session": sid, "scopes": ["ACCOUNT_READ", "SESSION_READ"]}
    assert AuditEvent.objects.filter(kind="login").count() == 1


def test_a_session_that_cannot_be_audited_is_not_created(
    me: Login,
) -> None:
    with no_room_for_events():
        assert create(me).status_code == 500
    assert UserSession.objects.get() == me.session


def test_a_ban_ends_it(me: Login) -> None:
    type(me.user).objects.update(is_active=False)
    assert create(me).json()["code"] == "BANNED_ERROR"


def test_ids_of_logins_and_scoped_sessions_do_not_collide(me: Login) -> None:
    ids = [create(me).json()["id"] for _ in range(4)]
    assert len({*ids, me.session.sid}) == 5
    assert max(ids) <= datetime.now(UTC).timestamp()


def test_staff_who_are_demoted_in_the_meantime(boss: Login, before_the_lock: BeforeTheLock) -> None:
    """While the request waits for the lock on the account."""
    accounts = get_user_model().objects.filter(pk=boss.user.pk)
    before_the_lock(lambda: accounts.update(is_staff=False))
    body = {"name": "x", "permissionFlags": Scope.STAFF_READ_SESSIONS, "password": PASSWORD}
    assert boss.api("POST", OWN_SESSIONS, body).status_code == 403
    assert UserSession.objects.filter(permission_flags__isnull=False).count() == 0
