"""Shares of callers."""

import pytest

from killswitches.conditions.callers import KnownCaller
from killswitches.conditions.conditions import Conditions

USERS = [KnownCaller(user=str(number)) for number in range(1, 2001)]
NETWORKS = [KnownCaller(address=f"10.{n // 256}.{n % 256}.1") for n in range(2000)]


def members(callers: list[KnownCaller], share: int, name: str = "GLOBAL") -> set[KnownCaller]:
    return {one for one in callers if Conditions(share=share).hold(name, one)}


@pytest.mark.parametrize("callers", [USERS, NETWORKS], ids=["users", "networks"])
def test_a_larger_share_includes_every_smaller_one(callers: list[KnownCaller]) -> None:
    before: set[KnownCaller] = set()
    for share in range(1, 100):
        now = members(callers, share)
        assert before <= now
        assert len(now) == pytest.approx(len(callers) * share / 100, abs=80)
        before = now
    assert len(before) < len(callers)


def test_the_members_never_change() -> None:
    """Other processes, hosts and versions must agree, so the numbers are written down."""
    found = {one.user for one in USERS[:60] if Conditions(share=10).hold("FILE_CREATE", one)}
    assert found == {"3", "7", "17", "23", "53"}


def test_two_switches_have_different_shares() -> None:
    assert members(USERS, 10) != members(USERS, 10, "FILE_CREATE")


def test_a_user_is_one_caller_wherever_they_are() -> None:
    at_home = [KnownCaller(user=one.user, address="203.0.113.9") for one in USERS]
    assert {one.user for one in members(at_home, 30)} == {one.user for one in members(USERS, 30)}


@pytest.mark.parametrize(
    ("network", "others"),
    [
        ("203.0.113.1", ["203.0.113.255", "::ffff:203.0.113.7"]),
        ("2001:db8:1:2::1", ["2001:db8:1:2:ffff::", "2001:0DB8:1:2:0:0:0:9"]),
    ],
)
def test_anonymous_callers_of_a_network_are_one(network: str, others: list[str]) -> None:
    for share in range(1, 100):
        conditions = Conditions(share=share)
        expected = conditions.hold("GLOBAL", KnownCaller(address=network))
        for other in others:
            assert conditions.hold("GLOBAL", KnownCaller(address=other)) is expected


@pytest.mark.parametrize("user", ["\ud800", "\0", "x" * 100_000])
def test_any_text_may_be_a_user(user: str) -> None:
    assert Conditions(share=50).hold("GLOBAL", KnownCaller(user=user)) in (True, False)
