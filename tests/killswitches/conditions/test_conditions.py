"""What conditions are valid, how they are stored, and for whom they hold."""

from typing import Any

import pytest

from killswitches.conditions.callers import KnownCaller
from killswitches.conditions.conditions import (
    EVERYBODY,
    STORED_LENGTH,
    InvalidCondition,
    read_conditions,
    stored_conditions,
)

ANN = KnownCaller("v5", ("Firefox", "120.0.1"), "203.0.113.9", "7")


@pytest.mark.parametrize(
    ("texts", "holds"),
    [
        ({"dialect": "v5"}, True),
        ({"dialect": "v4"}, False),
        ({"client": "firefox"}, True),
        ({"client": "Fire"}, False),
        ({"client": "Firefox", "version": "120"}, True),
        ({"client": "Firefox", "version": "<120"}, False),
        ({"network": "203.0.113.0/24"}, True),
        ({"network": "203.0.113.9"}, True),
        ({"network": "203.0.112.0/24"}, False),
        ({"network": "2001:db8::/32"}, False),
        ({"network": "::ffff:203.0.113.0/120"}, True),
        # All must hold.
        ({"dialect": "v5", "client": "Firefox", "network": "203.0.113.0/24"}, True),
        ({"dialect": "v4", "client": "Firefox", "network": "203.0.113.0/24"}, False),
        ({"dialect": "v5", "client": "Chrome", "network": "203.0.113.0/24"}, False),
        ({"dialect": "v5", "client": "Firefox", "network": "203.0.112.0/24"}, False),
    ],
    ids=str,
)
def test_a_condition_holds_for_some_callers(texts: dict[str, str], holds: bool) -> None:
    conditions = read_conditions(**texts)
    assert conditions
    assert conditions.hold("GLOBAL", ANN) is holds
    assert stored_conditions(conditions.stored()) == conditions


@pytest.mark.parametrize(
    "texts",
    [
        {"dialect": "v5"},
        {"client": "Firefox"},
        {"client": "Firefox", "version": "<1"},
        {"network": "0.0.0.0/0"},
        {"network": "::/0"},
        {"share": "99"},
    ],
    ids=str,
)
@pytest.mark.parametrize("address", [None, "", "nonsense", "203.0.113.9/24", "fe80::1%eth0/64"])
def test_what_is_not_known_fulfils_no_condition(texts: dict[str, str], address: Any) -> None:
    assert not read_conditions(**texts).hold("GLOBAL", KnownCaller(address=address))
    versionless = KnownCaller("v5", ("Firefox", ""), "203.0.113.9", "7")
    assert not read_conditions(client="Firefox", version="<200").hold("GLOBAL", versionless)


@pytest.mark.parametrize(
    ("version", "inside", "outside"),
    [
        ("5", ["5", "5.0", "5.9.1", "5.1.0-beta", "5-rc1"], ["4", "6", "50", "", "five", "v5"]),
        ("=5.1", ["5.1", "5.1.7"], ["5", "5.0", "5.11"]),
        ("<5.2", ["5", "5.1.99", "4.9", "0"], ["5.2", "5.2.0", "5.10", "6", ""]),
        ("<=5.1", ["5.1", "5.1.7", "5"], ["5.2", "5.10"]),
        (">5.1", ["5.2", "5.10", "6"], ["5.1", "5.1.7", "5", ""]),
        (">= 5.2", ["5.2", "5.10", "6.0"], ["5.1.9", "5"]),
        ("5.0", ["5", "5.0.1"], ["5.1"]),
        ("1.2.3.4", ["1.2.3.4", "1.2.3.4.5"], ["1.2.3", "1.2.3.5"]),
    ],
)
def test_only_the_numbers_that_a_range_names_are_compared(
    version: str, inside: list[str], outside: list[str]
) -> None:
    conditions = read_conditions(client="x", version=version)
    for versions, holds in ((inside, True), (outside, False)):
        for one in versions:
            assert conditions.hold("GLOBAL", KnownCaller(client=("X", one))) is holds, one


@pytest.mark.parametrize(
    ("texts", "kind", "message"),
    [
        ({"dialect": "v" * 17}, "dialect", "at most 16 characters"),
        ({"dialect": "v\0"}, "dialect", "at most 16 characters"),
        ({"client": "x" * 65}, "client", "at most 64 characters"),
        ({"client": "x\0"}, "client", "at most 64 characters"),
        ({"client": "\ud800"}, "client", "at most 64 characters"),
        ({"version": "5"}, "version", "name of the client"),
        ({"client": "x", "version": "new"}, "version", "such as 5.1"),
        ({"client": "x", "version": "5."}, "version", "such as 5.1"),
        ({"client": "x", "version": "1.2.3.4.5"}, "version", "such as 5.1"),
        ({"client": "x", "version": "!5"}, "version", "such as 5.1"),
        ({"client": "x", "version": "9" * 5000}, "version", "such as 5.1"),
        ({"client": "x", "version": "\uff15"}, "version", "such as 5.1"),
        ({"network": "203.0.113.9/24"}, "network", "The network is 203.0.113.0/24."),
        ({"network": "2001:db8::1/32"}, "network", "The network is 2001:db8::/32."),
        ({"network": "203.0.113.0/33"}, "network", "like 203.0.113.0/24"),
        ({"network": "203.0.113"}, "network", "like 203.0.113.0/24"),
        ({"network": "fe80::%eth0/64"}, "network", "like 203.0.113.0/24"),
        ({"network": "here"}, "network", "like 203.0.113.0/24"),
        ({"network": "\0"}, "network", "like 203.0.113.0/24"),
        ({"share": "0"}, "share", "from 1 to 99"),
        ({"share": "100"}, "share", "from 1 to 99"),
        ({"share": "-1"}, "share", "from 1 to 99"),
        ({"share": "2.5"}, "share", "from 1 to 99"),
        ({"share": "half"}, "share", "from 1 to 99"),
        ({"share": "\u00b2"}, "share", "from 1 to 99"),
        ({"share": "9" * 5000}, "share", "from 1 to 99"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_invalid_condition_is_refused_with_what_is_valid(
    texts: dict[str, str], kind: str, message: str
) -> None:
    with pytest.raises(InvalidCondition, match=message) as caught:
        read_conditions(**texts)
    assert caught.value.kind == kind


def test_blanks_are_no_conditions() -> None:
    blank = read_conditions(dialect=" ", client="  ", version=" ", network="\t", share=" % ")
    assert blank == EVERYBODY
    assert not blank
    assert blank.stored() == ""


def test_spellings_of_the_same_conditions_are_equal() -> None:
    typed = read_conditions(client=" Mobile  Safari ", version="= 05.1", share="10 %")
    assert typed == read_conditions(client="Mobile Safari", version="5.1", share="10")
    assert typed.as_texts() == {"client": "Mobile Safari", "version": "5.1", "share": "10"}


def test_the_longest_conditions_can_be_stored() -> None:
    longest = read_conditions(
        dialect="\U0001f600" * 16,
        client="\U0001f600" * 64,
        version=">=999999999.999999999.999999999.999999999",
        network="ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
        share="99",
    )
    assert len(longest.stored()) <= STORED_LENGTH
    assert "\n" not in longest.stored()
    assert stored_conditions(longest.stored()) == longest


@pytest.mark.parametrize(
    "stored",
    ["{", "[]", "7", '"v5"', '{"planet": "Mars"}', '{"share": 10}', '{"share": "200"}', "[" * 9999],
)
def test_conditions_that_are_not_understood_are_those_of_everybody(stored: str) -> None:
    assert stored_conditions(stored) == EVERYBODY
