"""Requests, how long they take, and what refuses them."""

import asyncio
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import AsyncClient, Client

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from tests.api import OWN_SESSIONS, Api, Login
from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.sessions_api.metrics.scraping import Samples, samples, value
from tests.sessions_api.passwords.overload import full_queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("metrics")]

SESSION = "/api/v5/users/me/sessions/<sid>"
UNKNOWN = {"endpoint": "-", "dialect": "-"}


def requests(found: Samples, **labels: str) -> float:
    return value(found, "requests_total", **labels)


def series(found: Samples) -> set[Any]:
    return {key for key in found if key[0] == "cumulonimbus_requests_total"}


def fail(*args: Any) -> Any:
    raise OperationalError("the server closed the connection")


def test_a_request_counts_by_endpoint_dialect_method_and_status(me: Login) -> None:
    labels = {"endpoint": SESSION, "dialect": "v5", "method": "GET"}
    before = samples()
    me.api("GET", f"{OWN_SESSIONS}/me")
    me.api("GET", f"{OWN_SESSIONS}/{me.session.sid}")
    me.api("GET", f"{OWN_SESSIONS}/1")
    after = samples()
    assert requests(after, **labels, status="200") - requests(before, **labels, status="200") == 2
    assert requests(after, **labels, status="404") - requests(before, **labels, status="404") == 1


def test_how_long_requests_take(me: Login) -> None:
    labels = {"endpoint": SESSION, "dialect": "v5"}
    name = "request_duration_seconds"
    before = samples()
    me.api("GET", f"{OWN_SESSIONS}/me")
    after = samples()
    count, total = f"{name}_count", f"{name}_sum"
    assert value(after, count, **labels) - value(before, count, **labels) == 1
    assert 0 < value(after, total, **labels) - value(before, total, **labels) < 60
    most = value(after, f"{name}_bucket", **labels, le="+Inf")
    assert most == value(after, count, **labels)


@pytest.mark.parametrize(
    ("prefix", "path", "dialect"),
    [
        ("/api/v3", "/user/session", "v3"),
        ("/api/v4", "/users/me/sessions", "v4"),
        ("/api/wolfpal", "/sessions", "wolfpal"),
    ],
)
def test_every_dialect_has_its_label(me: Login, prefix: str, path: str, dialect: str) -> None:
    Api(prefix=prefix, token=me.token)("GET", path)
    assert dialect in {dict(labels)["dialect"] for _, labels in series(samples())}


def test_pages_have_no_dialect(staff: Any) -> None:
    before = samples()
    browser_of(staff).get("/admin/")
    labels = {"endpoint": "/admin/", "dialect": "-", "method": "GET", "status": "200"}
    assert requests(samples(), **labels) - requests(before, **labels) == 1


def test_unknown_paths_and_methods_are_one_label_each(api: Api) -> None:
    """Whatever clients send, they cannot add metrics."""
    api("GET", "/nothing-0")
    Client().get("/nothing-0")
    api("BREW", OWN_SESSIONS)
    before = samples()
    for number in range(1, 6):
        api("GET", f"/nothing-{number}")
        Client().get(f"/nothing-{number}\n")
        api(f"BREW{number}", OWN_SESSIONS)
        api("GET", f"{OWN_SESSIONS}?secret={number}", HTTP_HOST=f"{number}.example.com")
    after = samples()
    new = {dict(labels)["status"] for _, labels in series(after) - series(before)}
    # The endpoint itself had not been asked before.
    assert new <= {"400", "401"}
    missing = UNKNOWN | {"method": "GET", "status": "404"}
    assert requests(after, **missing) - requests(before, **missing) == 10
    assert {dict(labels)["method"] for _, labels in series(after)} >= {"-", "GET"}
    assert not any("BREW" in str(labels) or "nothing" in str(labels) for _, labels in after)


def test_probes_and_scrapes_are_not_counted(client: Client) -> None:
    before = series(samples())
    client.get("/livez")
    client.get("/readyz")
    assert series(samples()) == before


@pytest.mark.django_db(transaction=True)
def test_requests_under_asgi() -> None:
    labels = UNKNOWN | {"method": "GET", "status": "404"}
    before = samples()
    asyncio.run(AsyncClient().get("/nothing"))
    assert requests(samples(), **labels) - requests(before, **labels) == 1


@pytest.mark.ratelimited
def test_refusals_by_a_rate(api: Api, ann: Any) -> None:
    labels = {"status": "429", "reason": "rate_limit"}
    before = samples()
    body = {"username": "ann", "password": "a guess"}
    statuses = [api("POST", "/login", body).status_code for _ in range(6)]
    counted = value(samples(), "refusals_total", **labels) - value(
        before, "refusals_total", **labels
    )
    assert counted == statuses.count(429) > 0


def refused(reason: str) -> float:
    return value(samples(), "refusals_total", status="503", reason=reason)


def test_refusals_by_a_kill_switch(me: Login) -> None:
    before = refused("kill_switch")
    with switched_on(GLOBAL):
        assert me.api("GET", f"{OWN_SESSIONS}/me").status_code == 503
    assert refused("kill_switch") - before == 1


@pytest.mark.django_db(transaction=True)
def test_refusals_by_the_queue_of_hashes(api: Api, ann: Any) -> None:
    before = refused("hashing_queue")
    with full_queue():
        body = {"username": "ann", "password": PASSWORD}
        assert api("POST", "/login", body).status_code == 503
    assert refused("hashing_queue") - before == 1


def test_refusals_without_the_database(me: Login) -> None:
    before = refused("database")
    with connection.execute_wrapper(fail):
        assert me.api("GET", f"{OWN_SESSIONS}/me").status_code == 503
    assert refused("database") - before == 1


def test_refusals_of_pages_have_no_reason(staff: Any) -> None:
    browser, before = browser_of(staff), refused("other")
    with connection.execute_wrapper(fail):
        assert browser.get("/admin/").status_code == 503
    assert refused("other") - before == 1
