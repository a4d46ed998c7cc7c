"""PostgreSQL's plans on long tables for each endpoint in every dialect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from cumulonimbus.models import User
from sessions_api.models import UserSession
from sessions_api.passwords.marks import password_mark
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.big_table import FIRST_USER, Plan, explained
from tests.cast import PASSWORD
from tests.policy_table import URLS, endpoints
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import by_code
from tests.sessions_api.second_factors.totp import App

pytestmark = [
    # The audit log first, because it is vacuumed, which is not possible in a transaction.
    pytest.mark.usefixtures("many_events", "big_table", "audit_log_explained"),
    pytest.mark.django_db,
]

#: The number of rows that a statement may read: a page with expired rows in between, twice.
FEW = 200
REVERIFIED = {"password": PASSWORD}


@dataclass
class Cast:
    """A user's login, another session of theirs, their authenticator app, and a staff login."""

    me: Login
    boss: Login
    app: App
    sid: int

    def values(self) -> dict[str, Any]:
        """The values of the variables in paths."""
        assert self.app.factor
        return {
            ":uid": self.me.user.pk,
            ":sid": self.sid,
            ":number": 3,
            ":factor_id": self.app.factor.pk,
        }


Body = Callable[[Cast], Any]


@dataclass(frozen=True)
class Call:
    """A request to an endpoint.

    :param body: the body, or a function that returns it. If a second factor is required, the
        request is repeated with the answer.
    :param who: the name of the caller's login in the cast; None for an anonymous request.
    :param uid: the user's id in the path, by default the owner's.
    :param is_whole: whether all of the owner's sessions are read or ended.
    """

    endpoint: str
    body: Any = None
    who: str | None = "me"
    uid: str = ""
    is_whole: bool = False
    query: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, [self.endpoint, self.who, self.uid, self.query]))


def login(username: str, password: str) -> Body:
    return lambda cast: {username: cast.me.user.username, password: PASSWORD}


def confirm_totp(cast: Cast) -> dict[str, Any]:
    begun = enrolment.begin_totp(Actor(user=cast.me.user))
    code = App(begun["secret"], cast.app.clock).code()
    return {"token": begun["token"], "name": "Another", "code": code}


def confirm_webauthn(cast: Cast) -> dict[str, Any]:
    begun = enrolment.begin_webauthn(Actor(user=cast.me.user))
    return {"token": begun["token"], "name": "Key", "response": Authenticator().create(begun)}


def ids(name: str) -> Body:
    return lambda cast: {name: [cast.sid, 1, 2]}


def some_factors(cast: Cast) -> dict[str, Any]:
    assert cast.app.factor
    return REVERIFIED | {"ids": [cast.app.factor.pk, 10**9]}


V4 = "/users/:uid/sessions"
ACCOUNTS = "v5 GET /users"
OWN = "/users/me/sessions"
FACTORS = "/users/me/2fa"
CALLS = [
    Call("v3 POST /user/session", login("user", "pass"), who=None),
    Call("v3 GET /user/session"),
    Call("v3 GET /user/session/:sid"),
    Call("v3 DELETE /user/session/:sid"),
    Call("v3 GET /user/sessions"),
    Call("v3 GET /user/sessions", query="?limit=50&offset=50"),
    Call("v3 DELETE /user/sessions", ids("sessions")),
    Call("v3 DELETE /user/sessions/all", is_whole=True),
    Call("v3 GET /user/:uid/sessions", who="boss"),
    Call("v3 DELETE /user/:uid/sessions", ids("sessions"), who="boss"),
    Call("v3 DELETE /user/:uid/sessions/all", who="boss", is_whole=True),
    Call("v3 GET /user/:uid/session/:sid", who="boss"),
    Call("v3 DELETE /user/:uid/session/:sid", who="boss"),
    Call("v4 POST /login", login("username", "password"), who=None),
    *(
        call
        for whose in ({"uid": "me"}, {"who": "boss"})
        for call in (
            Call(f"v4 GET {V4}", **whose),
            Call(f"v4 DELETE {V4}", ids("ids"), **whose),
            Call(f"v4 DELETE {V4}/all", is_whole=True, **whose),
            Call(f"v4 GET {V4}/:sid", **whose),
            Call(f"v4 DELETE {V4}/:sid", **whose),
        )
    ),
    Call("v5 POST /login", login("username", "password"), who=None),
    Call(
        f"v5 POST {OWN}",
        lambda cast: REVERIFIED | {"name": "Script", "permissionFlags": 1, "longLived": False},
    ),
    Call(f"v5 GET {OWN}"),
    Call(f"v5 GET {OWN}", query="?limit=50&offset=50"),
    Call(f"v5 DELETE {OWN}", ids("ids")),
    Call(f"v5 DELETE {OWN}/all", is_whole=True),
    Call(f"v5 DELETE {OWN}/all", is_whole=True, query="?include-self=true"),
    Call(f"v5 GET {OWN}/:sid"),
    Call(f"v5 DELETE {OWN}/:sid"),
    Call("v5 GET /users/me"),
    Call(ACCOUNTS, who="boss"),
    Call("v5 GET /users/:uid", who="boss"),
    Call("v5 PUT /users/:uid/ban", REVERIFIED | {"reason": "Spam"}, who="boss"),
    Call("v5 DELETE /users/:uid/ban", REVERIFIED, who="boss"),
    Call(f"v5 GET {V4}", who="boss"),
    Call(f"v5 DELETE {V4}", ids("ids"), who="boss"),
    Call(f"v5 DELETE {V4}/all", who="boss", is_whole=True),
    Call(f"v5 GET {V4}/:sid", who="boss"),
    Call(f"v5 DELETE {V4}/:sid", who="boss"),
    Call("v5 GET /killswitches", who="boss"),
    Call("v5 DELETE /killswitches", REVERIFIED, who="boss"),
    Call("v5 PUT /killswitches/:number", REVERIFIED, who="boss"),
    Call("v5 DELETE /killswitches/:number", REVERIFIED, who="boss"),
    Call(f"v5 GET {FACTORS}"),
    Call(f"v5 POST {FACTORS}/totp", REVERIFIED),
    Call(f"v5 POST {FACTORS}/totp/confirm", confirm_totp),
    Call(
        f"v5 POST {FACTORS}/totp/confirm",
        confirm_totp,
        query="?end-other-sessions=1",
        is_whole=True,
    ),
    Call(f"v5 POST {FACTORS}/webauthn", REVERIFIED),
    Call(f"v5 POST {FACTORS}/webauthn/confirm", confirm_webauthn),
    Call(f"v5 POST {FACTORS}/backup", REVERIFIED),
    Call(f"v5 DELETE {FACTORS}", some_factors),
    Call(f"v5 DELETE {FACTORS}/all", REVERIFIED),
    Call(f"v5 GET {FACTORS}/:factor_id"),
    Call(f"v5 DELETE {FACTORS}/:factor_id", REVERIFIED),
    Call("v5 GET /users/:uid/2fa", who="boss"),
    Call("v5 DELETE /users/:uid/2fa", some_factors, who="boss"),
    Call("v5 DELETE /users/:uid/2fa/all", REVERIFIED, who="boss"),
    Call("v5 GET /users/:uid/2fa/:factor_id", who="boss"),
    Call("v5 DELETE /users/:uid/2fa/:factor_id", REVERIFIED, who="boss"),
    Call("wolfpal GET /sessions", is_whole=True),
    Call("wolfpal DELETE /sessions", is_whole=True),
    Call("wolfpal DELETE /sessions/:sid"),
]


@pytest.fixture(params=[0, 7], ids=["with many", "with few"])
def cast(request: pytest.FixtureRequest, log_in: Any, boss: Login, enrol_app: Any) -> Cast:
    user = User.objects.get(pk=FIRST_USER + request.param)
    user.password = make_password(PASSWORD)
    UserSession.objects.owned_by(user).update(password_mark=password_mark(user.password))
    user.save()
    # In the middle, so that it is not near either end of an index range.
    theirs = UserSession.objects.owned_by(user).active().order_by("sid")
    sid = theirs.values_list("sid", flat=True)[theirs.count() // 2]
    return Cast(log_in(user), boss, enrol_app(user), sid)


def ask(call: Call, cast: Cast) -> Any:
    """Send the request, and repeat it with the answer if a second factor is required."""
    dialect, method, path = call.endpoint.split()
    values = cast.values() | ({":uid": call.uid} if call.uid else {})
    path = "/".join(str(values.get(part, part)) for part in path.split("/")) + call.query
    token = getattr(cast, call.who).token if call.who else None
    api = Api(prefix=f"/api/{dialect}", token=token)
    body = call.body(cast) if callable(call.body) else call.body
    response = api(method, path, body)
    asked = response.json()
    if "SECOND_FACTOR_CHALLENGE" in asked.get("code", ""):
        response = api(method, path, body | by_code(asked, cast.app.next_code()))
    return response


def bound(call: Call, plan: Plan, theirs: int) -> int:
    """Return how many rows a statement may read for a user with so many sessions."""
    if call.is_whole:
        # Deleted rows are read twice: once to find them, and once to return them.
        return FEW + 2 * theirs
    if plan.statement.startswith("SELECT COUNT(*)"):
        return FEW + theirs
    return FEW


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_endpoints(call: Call, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions_api.services.session_rows.locate", lambda address: "Rome, Italy")
    theirs = UserSession.objects.owned_by(cast.me.user).count()
    with explained() as plans:
        response = ask(call, cast)
    assert response.status_code in {200, 201}, response.content
    assert plans
    for plan in plans:
        if call.endpoint == ACCOUNTS and plan.statement.startswith("SELECT COUNT(*)"):
            continue  # The total of all accounts is exact.
        assert plan.scanned == [], plan
        assert plan.rows <= bound(call, plan, theirs), plan


def test_every_endpoint_is_covered() -> None:
    """Those of incidents have a test of their own."""
    assert {call.endpoint for call in CALLS} == {
        f"{name} {method} {path}"
        for name, urls in URLS.items()
        for method, path, _, _ in endpoints(urls.urlpatterns)
        if not path.startswith("/incidents")
    }
