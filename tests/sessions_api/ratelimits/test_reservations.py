"""Reservations of quotas, counted in the suite's cache by default."""

import time
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.test import override_settings
from django_ratelimit.core import _get_window
from hypothesis import given
from hypothesis import strategies as st

from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.reservations import Quota, counter_of, reserve
from tests.caches import DOWN
from tests.rate_clock import rates_counted_by

pytestmark = pytest.mark.ratelimited

LOGIN = Rate(4, 300)
GENERAL = Rate(100, 60)
BURST = Rate(3, 1)


class Clock:
    """Replaces the module ``time`` in the code under test."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with rates_counted_by(clock):
        yield clock


@pytest.fixture
def login(clock: Clock) -> Quota:
    """A quota that no other test charges, in a window that does not end by itself."""
    return Quota("login", uuid.uuid4().hex, LOGIN)


def admitted(quota: Quota, attempts: int) -> int:
    return sum(reserve([quota]).refused is None for _ in range(attempts))


@pytest.mark.parametrize("numbers", [(0, 60), (-1, 60), (4, 0), (True, 60), (4.0, 60), ("4", 60)])
def test_a_rate_is_two_positive_integers(numbers: Any) -> None:
    with pytest.raises(ValueError, match="positive integers"):
        Rate(*numbers)


class TestCounting:
    def test_exactly_the_limit_is_admitted(self, login: Quota) -> None:
        assert [reserve([login]).refused for _ in range(6)] == [None] * 4 + [login] * 2

    @pytest.mark.parametrize(
        "other",
        [
            {"bucket": "session"},
            {"identity": "somebody else"},
            {"rate": Rate(5, 300)},
            {"rate": Rate(4, 301)},
        ],
    )
    def test_different_quotas_are_counted_separately(
        self, login: Quota, other: dict[str, Any]
    ) -> None:
        assert admitted(login, 5) == 4
        assert reserve([login._replace(**other)]).refused is None

    def test_names_that_end_in_numbers_are_counted_separately(self, login: Quota) -> None:
        assert admitted(Quota("login1", login.identity, LOGIN), 5) == 4
        other = reserve([Quota("login", login.identity, Rate(14, 300))])
        assert other.headers()["RateLimit-Remaining"] == "13"

    def test_the_reason_does_not_separate_counts(self, login: Quota) -> None:
        assert admitted(login, 4) == 4
        assert reserve([Quota("login", login.identity, LOGIN, "burst")]).refused

    def test_a_new_window_begins_at_zero(self, clock: Clock, login: Quota) -> None:
        assert admitted(login, 5) == 4
        clock.now += int(reserve([login]).headers()["RateLimit-Reset"]) - 1
        assert admitted(login, 5) == 0
        clock.now += 1
        assert admitted(login, 5) == 4

    def test_a_refusal_does_not_change_other_counts(self, login: Quota) -> None:
        before = Quota("all", login.identity, GENERAL)
        after = Quota("burst", login.identity, BURST)
        assert admitted(login, 4) == 4
        for _ in range(10):
            assert reserve([before, login, after]).refused == login
        assert reserve([before]).headers()["RateLimit-Remaining"] == "99"
        assert admitted(after, 4) == 3

    def test_a_quota_that_is_passed_twice_is_charged_twice(self, login: Quota) -> None:
        assert reserve([login, login]).refused is None
        assert reserve([login, login, login]).refused == login
        reserve([login, login]).refund()
        assert admitted(login, 3) == 2

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("identity", ["", "\ud800", "\x00", "x" * 10_000, "電話"])
    def test_any_text_may_be_an_identity(self, identity: str) -> None:
        assert admitted(Quota(uuid.uuid4().hex, identity, LOGIN), 5) == 4

    def test_nothing_is_counted_while_limits_are_off(self, login: Quota) -> None:
        off = settings.SESSIONS_API | {"RATELIMIT_ENABLE": False, "RATELIMIT_CACHE": "no such"}
        with override_settings(SESSIONS_API=off):
            assert admitted(login, 10) == 10
            reservation = reserve([login])
            reservation.refund()
            assert reservation.headers() == {}
        assert admitted(login, 5) == 4

    def test_a_reservation_without_quotas_is_never_refused(self) -> None:
        reservation = reserve([])
        reservation.refund()
        assert (reservation.refused, reservation.headers()) == (None, {})

    @given(st.text(max_size=20), st.integers(1, 100_000), st.floats(1e9, 2e9))
    def test_windows_are_those_of_django_ratelimit(
        self, identity: str, period: int, now: float
    ) -> None:
        last = counter_of(Quota("login", identity, Rate(4, period))).last_second(now)
        with mock.patch("django_ratelimit.core.time.time", return_value=now):
            assert last == _get_window(identity, period)
        assert now < last + 1 <= now + period


class TestRefund:
    def test_a_refund_allows_one_more(self, login: Quota) -> None:
        reservation = reserve([login])
        assert admitted(login, 4) == 3
        reservation.refund()
        assert admitted(login, 2) == 1

    def test_a_reservation_is_refunded_once(self, login: Quota) -> None:
        reservation = reserve([login])
        assert admitted(login, 3) == 3
        for _ in range(3):
            reservation.refund()
            reservation.refund("login")
        assert admitted(login, 3) == 1

    def test_a_refund_of_a_refused_reservation_has_no_effect(self, login: Quota) -> None:
        assert admitted(login, 4) == 4
        reserve([login]).refund()
        assert admitted(login, 1) == 0

    def test_a_refund_of_one_bucket_does_not_affect_others(self, login: Quota) -> None:
        other = Quota("other", login.identity, LOGIN)
        reservations = [reserve([login, other]) for _ in range(4)]
        for reservation in reservations:
            reservation.refund("other", "unheard of")
        assert (admitted(login, 5), admitted(other, 5)) == (0, 4)

    def test_a_refund_never_affects_the_next_window(self, clock: Clock, login: Quota) -> None:
        reservation = reserve([login])
        clock.now += 300
        assert admitted(login, 5) == 4
        reservation.refund()
        assert admitted(login, 1) == 0

    def test_a_refund_to_a_past_window_does_not_use_the_cache(
        self, clock: Clock, login: Quota, caplog: pytest.LogCaptureFixture
    ) -> None:
        memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        for later, asked in ((0, True), (300, False)):
            caplog.clear()
            with override_settings(CACHES={"default": memory}):
                reservation = reserve([login])
            clock.now += later
            with override_settings(CACHES={"default": DOWN}):
                reservation.refund()
            assert ("Could not count requests" in caplog.text) is asked


class TestHeaders:
    @pytest.fixture(autouse=True)
    def _at_the_beginning(self, clock: Clock, login: Quota) -> None:
        # 0.5 s after the beginning of a window of 300 s.
        clock.now = counter_of(login).last_second(clock.now) + 1.5

    def test_headers_of_a_charge_show_the_remaining_requests(self, login: Quota) -> None:
        assert reserve([login]).headers() == {
            "RateLimit-Limit": "4",
            "RateLimit-Remaining": "3",
            "RateLimit-Reset": "300",
        }

    def test_headers_of_a_refund_show_that_it_was_skipped(self, login: Quota) -> None:
        reserve([login])
        reservation = reserve([login])
        reservation.refund()
        assert reservation.headers() == {
            "RateLimit-Limit": "4",
            "RateLimit-Remaining": "3",
            "RateLimit-Reset": "300",
            "RateLimit-Skipped": "true",
        }

    def test_headers_of_a_refusal_show_when_to_retry(self, clock: Clock, login: Quota) -> None:
        assert admitted(login, 4) == 4
        clock.now += 298.7
        assert reserve([login]).headers() == {
            "RateLimit-Limit": "4",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": "1",
            "RateLimit-Skipped": "true",
            "RateLimit-Reason": "standard",
            "Retry-After": "1",
        }

    def test_headers_name_a_burst_as_the_reason(self, login: Quota) -> None:
        burst = Quota("burst", login.identity, BURST, "burst")
        assert admitted(burst, 3) == 3
        headers = reserve([Quota("all", login.identity, GENERAL), burst]).headers()
        assert headers["RateLimit-Limit"] == "3"
        assert headers["RateLimit-Reason"] == "burst"
        assert headers["Retry-After"] == headers["RateLimit-Reset"] == "1"

    def test_headers_show_the_last_standard_quota(self, login: Quota) -> None:
        general = Quota("all", login.identity, GENERAL)
        burst = Quota("burst", login.identity, BURST, "burst")
        assert reserve([general, login, burst]).headers()["RateLimit-Limit"] == "4"
        assert reserve([login, general]).headers()["RateLimit-Limit"] == "100"
        assert reserve([burst]).headers() == {}

    def test_headers_skip_nothing_for_a_refund_of_another_bucket(self, login: Quota) -> None:
        reservation = reserve([Quota("all", login.identity, GENERAL), login])
        reservation.refund("all")
        assert "RateLimit-Skipped" not in reservation.headers()
        reservation.refund("login")
        assert reservation.headers()["RateLimit-Skipped"] == "true"
