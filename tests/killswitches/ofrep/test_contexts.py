"""Flags of switches with conditions, evaluated for the caller in the context."""

import json
from typing import Any

import pytest
from django.test import Client

from killswitches.conditions.callers import KnownCaller
from killswitches.conditions.conditions import Conditions, read_conditions
from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.testing import switched_on

ALL = "/ofrep/v1/evaluate/flags"

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.ofrep.urls")]


@pytest.fixture(autouse=True)
def _public(settings: Any) -> None:
    settings.KILLSWITCHES = {"OFREP_PUBLIC": True}


def evaluate(context: Any, path: str = f"{ALL}/GLOBAL") -> Any:
    response = Client().post(path, json.dumps({"context": context}), "application/json")
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize(
    ("texts", "inside", "outside"),
    [
        ({"dialect": "v5"}, {"dialect": "v5"}, {"dialect": "v4"}),
        ({"client": "shop"}, {"client": "Shop"}, {"client": "till"}),
        (
            {"client": "shop", "version": "<2"},
            {"client": "shop", "version": "1.9"},
            {"client": "shop", "version": "2.0"},
        ),
        ({"network": "203.0.113.0/24"}, {"ip": "203.0.113.9"}, {"ip": "198.51.100.7"}),
        ({"network": "203.0.113.0/24"}, {"address": "::ffff:203.0.113.9"}, {"address": "?"}),
        (
            {"network": "203.0.113.0/24"},
            {"ip": "203.0.113.9", "address": "198.51.100.7"},
            {"ip": "198.51.100.7", "address": "203.0.113.9"},
        ),
    ],
    ids=str,
)
def test_a_flag_is_true_for_those_for_whom_the_conditions_hold(
    texts: dict[str, str], inside: dict[str, str], outside: dict[str, str]
) -> None:
    with switched_on(GLOBAL, conditions=read_conditions(**texts)):
        match, miss, unknown = evaluate(inside), evaluate(outside), evaluate({})
    assert (match["value"], match["variant"], match["reason"]) == (True, "on", "TARGETING_MATCH")
    for one in (miss, unknown):
        assert (one["value"], one["variant"], one["reason"]) == (False, "off", "DEFAULT")


@pytest.mark.parametrize("key", ["7", 7])
def test_a_share_has_the_users_that_it_has_in_the_api(key: Any) -> None:
    for share in range(1, 100, 7):
        conditions = Conditions(share=share)
        with switched_on(GLOBAL, conditions=conditions):
            value = evaluate({"targetingKey": key})["value"]
        assert value is conditions.hold("GLOBAL", KnownCaller(user="7"))


def test_all_flags_depend_on_the_context_and_so_does_their_tag(
    django_assert_num_queries: Any,
) -> None:
    def ask(context: Any) -> Any:
        return Client().post(ALL, json.dumps({"context": context}), "application/json")

    with switched_on(GLOBAL, ACCOUNT_LOGIN, conditions=Conditions(dialect="v5")):
        with django_assert_num_queries(1):
            match = ask({"dialect": "v5"})
        miss = ask({"dialect": "v4"})
    on = {flag["key"] for flag in match.json()["flags"] if flag["value"]}
    assert on == {"GLOBAL", "ACCOUNT_LOGIN"}
    assert not any(flag["value"] for flag in miss.json()["flags"])
    assert match["ETag"] != miss["ETag"]


@pytest.mark.parametrize("value", [None, True, [], {}, 1.5, "", "\ud800", "\0", "x" * 60_000])
@pytest.mark.parametrize("key", ["targetingKey", "dialect", "client", "version", "ip", "address"])
def test_other_values_are_as_good_as_none(key: str, value: Any) -> None:
    for texts in (
        {"dialect": "v5"},
        {"client": "x", "version": ">0"},
        {"network": "::/0"},
        {"network": "0.0.0.0/0", "share": "50"},
    ):
        with switched_on(GLOBAL, conditions=read_conditions(**texts)):
            assert evaluate({key: value})["value"] is False
