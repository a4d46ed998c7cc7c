"""Every text of the account pages is marked for translation, and has one in each language."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope, all_scopes
from sessions_api.second_factors.models import SecondFactor
from sessions_api.services.audit import Actor, record
from tests.cast import PASSWORD
from tests.catalogs import LANGUAGES
from tests.made_up_language import LANGUAGE, spoken, unmarked
from tests.sessions_api.account.visitor import LOGIN, SESSIONS, Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=["", *LANGUAGES])
def _spoken(request: pytest.FixtureRequest) -> Iterator[None]:
    with spoken(request.param):
        yield


@pytest.fixture
def user(make_user: Any) -> Any:
    return make_user("data.user", email="data@data.example")


@pytest.fixture
def reader(user: Any) -> Visitor:
    return Visitor(HTTP_ACCEPT_LANGUAGE=LANGUAGE, HTTP_USER_AGENT="data.agent")


@pytest.fixture
def logged_in(reader: Visitor) -> Visitor:
    reader.log_in("data.user")
    return reader


def lacking(page: Any, *statuses: int) -> list[str]:
    assert page.status_code in (statuses or (200,))
    return unmarked(page.content.decode())


def test_of_the_login(reader: Visitor, user: Any) -> None:
    assert lacking(reader.open(LOGIN)) == []
    assert lacking(reader.send(LOGIN, username="", password="")) == []
    assert lacking(reader.send(LOGIN, username="data.user", password="x")) == []
    SecondFactor.objects.create(user=user, name="data.x", type="totp", secret="data.secret")
    assert lacking(reader.send(LOGIN, username="data.user", password=PASSWORD)) == []


def test_of_sessions(logged_in: Visitor, user: Any, log_in: Any) -> None:
    log_in(user, name="data.token", permission_flags=sum(all_scopes()))
    log_in(user, client=Client(address="192.0.2.7", user_agent=""))
    for path in ("", "sessions/end-all/", "password/", "tokens/", "tokens/new/"):
        assert lacking(logged_in.open(f"{SESSIONS}{path}")) == [], path
    sid = UserSession.objects.earliest("pk").sid
    assert lacking(logged_in.open(f"{SESSIONS}sessions/{sid}/not-me/")) == []
    logged_in.open()
    logged_in.send(f"{SESSIONS}sessions/{UserSession.objects.latest('pk').sid}/end/")
    assert lacking(logged_in.follow()) == []


def test_of_what_is_refused(logged_in: Visitor) -> None:
    path = f"{SESSIONS}password/"
    logged_in.open(path)
    wrong = {"new_password1": "x", "new_password2": "y", "password": "x"}
    assert lacking(logged_in.send(path, **wrong)) == []
    assert lacking(logged_in.post(path, {}), 403) == []
    with switched_on(GLOBAL):
        assert lacking(logged_in.open(), 503) == []


def test_of_a_token(logged_in: Visitor) -> None:
    path = f"{SESSIONS}tokens/new/"
    logged_in.open(path)
    assert lacking(logged_in.send(path, name="", password="x")) == []
    given = {"scopes": [str(Scope.SESSION_READ.value)], "lifetime": "scoped"}
    page = logged_in.send(path, name="data.name", password=PASSWORD, **given)
    secret = page.content.decode().partition("<textarea")[2].partition(">")[2].partition("<")[0]
    page.content = page.content.replace(secret.encode(), b"")
    assert lacking(page) == []


def test_of_the_history(logged_in: Visitor, user: Any) -> None:
    for kind in AuditEvent.Kind:
        for detail in ({}, {"type": "totp", "sessions": 2, "factors": 2, "site": "admin"}):
            record(kind, Actor(user=user), subject=user, **detail)
    assert lacking(logged_in.open(f"{SESSIONS}history/")) == []


def test_of_second_factors(logged_in: Visitor, user: Any) -> None:
    path = f"{SESSIONS}second-factors/"
    assert lacking(logged_in.open(path)) == []
    for name in ("app/", "key/", "codes/"):
        assert lacking(logged_in.open(f"{path}{name}")) == [], name
    factor = SecondFactor.objects.create(user=user, name="data.x", type="totp", secret="data.x")
    assert lacking(logged_in.open(path)) == []
    assert lacking(logged_in.open(reverse("account:remove_factor", args=[factor.pk]))) == []
    assert lacking(logged_in.open(f"{path}codes/")) == []
