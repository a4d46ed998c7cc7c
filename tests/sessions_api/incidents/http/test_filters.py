"""Filters on the wire: every criterion, strictly."""

from typing import Any

import pytest
from django.utils import timezone

from sessions_api.incidents.models import Incident
from sessions_api.models import SessionKind
from sessions_api.services.session_search import CLOCK_SKEW, SessionSearch
from tests.api import Login
from tests.cast import PASSWORD
from tests.sessions_api.incidents.http.requests import STOLEN

pytestmark = pytest.mark.django_db

#: Times that some time zone cannot represent.
EXTREME = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "1970-01-01T23:59:59Z",
    "2999-12-31T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-10:00",
]


#: Times that Python's parser takes, and RFC 3339 does not have.
ODD = [
    "٢٠٢٦-11-30T00:00:00Z",
    "2026-11-28T00:00:00Z\n",
    "2026-W10-1T00:00:00Z",
    "2026-11-28T00:00:00+٢٢:٢٢",
]


def send(login: Login, given: Any) -> Any:
    return login.api("POST", "/incidents", STOLEN | {"filter": given})


def test_every_criterion_is_stored_and_shown(boss: Login, ann: Any) -> None:
    given = {
        "users": [str(ann.pk)],
        "network": "2001:db8::/32",
        "location": "Lyon",
        "session": 1795271037,
        "browser": "curl",
        "device": "curl 8",
        "createdAfter": "2026-11-28T11:00:00.000Z",
        "createdBefore": "2026-11-28T12:00:00.000Z",
        "usedAfter": "2026-11-28T11:30:00.000Z",
        "usedBefore": "2026-11-28T11:45:00.000Z",
        "dialect": "v5",
        "kind": "scoped",
    }
    assert send(boss, given).json()["filter"] == given
    search = Incident.objects.get().search
    assert (search.users, search.of_kind) == ((str(ann.pk),), SessionKind.SCOPED)
    assert set(given) == {
        "kind" if name == "of_kind" else "".join([first, *(one.title() for one in rest)])
        for name in SessionSearch.__dataclass_fields__
        for first, *rest in [name.split("_")]
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"session": "7"}, {"session": 7}),
        ({"users": ["7", 7, "8"]}, {"users": ["7", "8"]}),
        ({"network": " 203.0.113.7 "}, {"network": "203.0.113.7"}),
        (
            {"usedAfter": "2026-11-28T12:00:00+01:00"},
            {"usedAfter": "2026-11-28T11:00:00.000Z"},
        ),
        ({"network": "::1", "everybody": False}, {"network": "::1"}),
        ({"network": "::1", "everybody": None}, {"network": "::1"}),
        ({"everybody": True}, {"everybody": True}),
        ({"location": "Łódź <b>'; --%_\\"}, {"location": "Łódź <b>'; --%_\\"}),
    ],
)
def test_how_it_is_kept(boss: Login, given: Any, shown: Any) -> None:
    response = send(boss, given)
    assert (response.status_code, response.json()["filter"]) == (201, shown)
    path = f"/incidents/{response.json()['id']}"
    assert boss.api("GET", f"{path}/preview").status_code == 200


@pytest.mark.parametrize(
    "given", [{}, {"everybody": False}, {"everybody": True, "browser": "curl"}]
)
def test_everybody_is_said_explicitly(boss: Login, given: Any) -> None:
    response = send(boss, given)
    assert (response.status_code, response.json()["fields"]) == (400, ["filter.everybody"])
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, values in {
            "users": [None, "7", 7, {}, [], [None], [True], ["x"], ["007"], ["\x00"], [1.5]],
            "network": [
                None,
                "",
                7,
                [],
                "x",
                "203.0.113.0/33",
                "203.0.113.7/0",
                "::/0",
                "fe80::1%eth0",
                "1" * 5000,
            ],
            "location": [None, "", " ", 7, [], "\x00", "a\nb", "\ud800", "x" * 101],
            "session": [None, "", "x", "007", -1, 0, True, 1.5, [], 10**18, "9" * 400],
            "browser": [None, "", 7, {}, "x" * 101],
            "device": [None, "", 7, "x " * 100, "\x1b[2J"],
            "createdAfter": [None, "", 7, "now", "2026-11-28T11:00:00", [], "x" * 5000, *EXTREME],
            "createdBefore": [True, "2026-13-01T00:00:00Z", *EXTREME, *ODD],
            "usedAfter": [1795271037, "2026-11-28", *EXTREME],
            "usedBefore": [{}, *EXTREME],
            "dialect": [None, "", 5, [], "x" * 101],
            "kind": [None, "", "whole", 7, [], {}],
            "everybody": ["yes", 1, [], "true"],
        }.items()
        for value in values
    ],
)
def test_a_wrong_value_is_named(boss: Login, name: str, value: Any) -> None:
    response = send(boss, {name: value})
    assert response.status_code == 400
    assert response.json()["code"] == "MISSING_FIELDS_ERROR"
    assert response.json()["fields"] == [f"filter.{name}"]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("name", ["createdAfter", "usedAfter"])
def test_a_start_in_the_future_is_named(boss: Login, name: str) -> None:
    """No session could match, which looks as if nothing was wrong."""
    now = timezone.now()
    ahead = {name: (now + CLOCK_SKEW / 2).isoformat()}
    assert send(boss, ahead).status_code == 201
    future = (now + 2 * CLOCK_SKEW).isoformat()
    response = send(boss, {name: future})
    assert (response.status_code, response.json()["fields"]) == (400, [f"filter.{name}"])
    assert send(boss, {name.replace("After", "Before"): future}).status_code == 201


@pytest.mark.parametrize("extra", ["Network", "created_after", "of_kind", "id", "a" * 64])
def test_a_criterion_that_nobody_knows_is_named(boss: Login, extra: str) -> None:
    """Left out, it would end more sessions than were meant."""
    response = send(boss, {"network": "203.0.113.0/24", extra: "x"})
    assert (response.status_code, response.json()["fields"]) == (400, [f"filter.{extra}"])


@pytest.mark.parametrize("extra", ["", "a" * 65, "\x00", "\ud800", "<b>", "ä", "a.b", "7\n"])
def test_a_hostile_name_is_not_repeated(boss: Login, extra: str) -> None:
    response = send(boss, {extra: "x"})
    assert (response.status_code, response.json()["fields"]) == (400, ["filter"])


def test_many_unknown_names_are_not_repeated(boss: Login) -> None:
    response = send(boss, {f"criterion{number}": 1 for number in range(10_000)})
    assert response.status_code == 400
    assert len(response.json()["fields"]) == 10


@pytest.mark.parametrize("given", [None, "", "x", 7, True, [], ["network"]])
def test_it_must_be_an_object(boss: Login, given: Any) -> None:
    response = send(boss, given)
    assert (response.status_code, response.json()["fields"]) == (400, ["filter"])


def test_too_many_users(boss: Login) -> None:
    response = send(boss, {"users": [*range(1, 52)]})
    assert (response.status_code, response.json()["code"]) == (400, "BODY_TOO_LARGE_ERROR")


def test_all_that_is_wrong_is_named(boss: Login) -> None:
    body = {"name": "", "filter": {"network": "x", "kind": "y"}, "password": PASSWORD}
    response = boss.api("POST", "/incidents", body)
    assert response.json()["fields"] == ["name", "filter.network", "filter.kind"]


@pytest.mark.parametrize(
    "body", ["name=x&filter.network=203.0.113.0%2F24", "name=x&filter[network]=::1", "name=x"]
)
def test_forms_have_no_filter(boss: Login, body: str) -> None:
    kind = "application/x-www-form-urlencoded"
    response = boss.api("POST", "/incidents", body, content_type=kind)
    assert (response.status_code, response.json()["fields"]) == (400, ["filter"])


@pytest.mark.parametrize("moment", EXTREME)
def test_no_incident_began_at_the_end_of_the_calendar(boss: Login, moment: str) -> None:
    response = boss.api("POST", "/incidents", STOLEN | {"beganAt": moment})
    assert (response.status_code, response.json()["fields"]) == (400, ["beganAt"])
    assert not Incident.objects.exists()
