"""The environment variables of the kill switches."""

import pytest

from tests.cumulonimbus.processes import setting


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"KILLSWITCH_SECOND_PERSON": "GLOBAL, ACCOUNT_LOGIN"}, ["GLOBAL", "ACCOUNT_LOGIN"]),
    ],
)
def test_which_switches_need_a_second_person(
    production: dict[str, str], given: dict[str, str], expected: list[str]
) -> None:
    assert setting("s.KILLSWITCHES['SECOND_PERSON']", **production, **given) == expected


def test_what_counts_while_the_database_is_unavailable(production: dict[str, str]) -> None:
    read = "[s.KILLSWITCHES['OVERRIDE'], s.KILLSWITCHES['OVERRIDE_FILE']]"
    assert setting(read, **production) == [[], ""]
    given = {"KILLSWITCH_OVERRIDE": "GLOBAL", "KILLSWITCH_OVERRIDE_FILE": "/run/override"}
    assert setting(read, **production, **given) == [["GLOBAL"], "/run/override"]
