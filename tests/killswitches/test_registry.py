"""The declared switches, and registering further ones."""

import pytest

from killswitches.registry import Registry, Switch, UnknownSwitch, registry

EXPORTS = Switch(20, "EXPORTS", "Stops exports.")


def test_the_nine_switches_of_the_contract() -> None:
    assert [(switch.number, switch.name) for switch in registry] == [
        (0, "ACCOUNT_CREATE"),
        (1, "ACCOUNT_MODIFY"),
        (2, "ACCOUNT_DELETE"),
        (3, "ACCOUNT_EMAIL_VERIFY"),
        (4, "ACCOUNT_LOGIN"),
        (5, "FILE_CREATE"),
        (6, "FILE_MODIFY"),
        (7, "FILE_DELETE"),
        (8, "GLOBAL"),
    ]
    assert all(switch.description.startswith("Stops ") for switch in registry)


def test_a_registered_switch_is_found_by_name_and_number() -> None:
    switches = Registry()
    assert switches.register(EXPORTS) is EXPORTS
    assert switches.get("EXPORTS") is EXPORTS
    assert switches.by_number(20) is EXPORTS


def test_iteration_is_in_order_of_number() -> None:
    switches = Registry()
    for number in (9, 2, 62, 0):
        switches.register(Switch(number, f"SWITCH_{number}", ""))
    assert [switch.number for switch in switches] == [0, 2, 9, 62]


@pytest.mark.parametrize("name", ["IMPORTS", "exports", ""])
def test_an_unknown_name_raises(name: str) -> None:
    switches = Registry()
    switches.register(EXPORTS)
    with pytest.raises(UnknownSwitch, match="is called"):
        switches.get(name)


def test_an_unknown_number_raises() -> None:
    with pytest.raises(UnknownSwitch, match="number 20"):
        Registry().by_number(20)


def test_registering_an_equal_switch_again_changes_nothing() -> None:
    switches = Registry()
    switches.register(EXPORTS)
    switches.register(Switch(20, "EXPORTS", "Stops exports."))
    assert list(switches) == [EXPORTS]


@pytest.mark.parametrize(
    "other",
    [
        Switch(20, "IMPORTS", "Stops imports."),
        Switch(21, "EXPORTS", "Stops exports."),
        Switch(20, "EXPORTS", "Stops something else."),
    ],
)
def test_a_number_or_name_taken_by_another_switch_is_refused(other: Switch) -> None:
    switches = Registry()
    switches.register(EXPORTS)
    with pytest.raises(ValueError, match="collides"):
        switches.register(other)
    assert list(switches) == [EXPORTS]


@pytest.mark.parametrize("number", [-1, 63, 64])
def test_a_number_that_is_not_a_bit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="0 to 62"):
        Switch(number, "EXPORTS", "")


@pytest.mark.parametrize("name", ["", "exports", "EX-PORTS", "_EXPORTS", "EXPORTS_", "EXPORTS\n"])
def test_a_name_that_is_not_upper_snake_case_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="UPPER_SNAKE_CASE"):
        Switch(20, name, "")


def test_the_bit_of_a_switch() -> None:
    assert EXPORTS.bit == 2**20
