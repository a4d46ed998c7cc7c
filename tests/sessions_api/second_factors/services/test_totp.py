"""Codes of authenticator apps (RFC 6238)."""

from collections.abc import Callable

import pytest

from sessions_api.second_factors.services import totp
from tests.sessions_api.second_factors.totp import PERIOD, Clock, code_at

#: From RFC 6238, appendix B.
SECRET = b"12345678901234567890"
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
NOW = 1111111111


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.now = NOW


def matched(code: str, *, after: int = -1) -> int | None:
    return totp.matching_step(SECRET, code, after=after)


@pytest.mark.parametrize(("moment", "code"), VECTORS)
def test_the_vectors_of_the_rfc(clock: Clock, moment: int, code: str) -> None:
    clock.now = moment
    assert matched(code[-6:]) == moment // PERIOD


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(steps: int) -> None:
    assert matched(code_at(SECRET, NOW + steps * PERIOD)) == NOW // PERIOD + steps


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_clock_may_not_be_two_steps_off(steps: int) -> None:
    assert matched(code_at(SECRET, NOW + steps * PERIOD)) is None


def test_used_and_earlier_steps_are_refused() -> None:
    codes = [code_at(SECRET, NOW + steps * PERIOD) for steps in (-1, 0, 1)]
    step = NOW // PERIOD
    assert [matched(code, after=step - 2) for code in codes] == [step - 1, step, step + 1]
    assert [matched(code, after=step - 1) for code in codes] == [None, step, step + 1]
    assert [matched(code, after=step) for code in codes] == [None, None, step + 1]
    assert [matched(code, after=step + 1) for code in codes] == [None, None, None]


@pytest.mark.parametrize(
    "disguise",
    [
        lambda code: code[1:],
        lambda code: f"0{code}",
        lambda code: f" {code}",
        lambda code: f"{code}\n",
        lambda code: f"+{code[1:]}",
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f"{code[:1]}_{code[1:]}",
        lambda code: code.translate({ord("0") + n: 0x660 + n for n in range(10)}),
        lambda code: code.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
        lambda code: "",
    ],
)
def test_only_six_ascii_digits_are_a_code(disguise: Callable[[str], str]) -> None:
    # 050471: a number would lose the leading zero.
    code = code_at(SECRET, NOW)
    assert matched(code) is not None
    assert matched(disguise(code)) is None


def test_secrets_are_different_and_as_long_as_the_hash() -> None:
    secrets = {totp.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(secret) for secret in secrets} == {20}


def test_secrets_are_shown_in_base32_without_padding() -> None:
    assert totp.base32(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.base32(b"12345") == "GEZDGNBV"
    assert totp.base32(b"1") == "GE"
