"""Forgetting what has been counted, in the cache of the suite and in memory."""

from uuid import uuid4

import pytest
from django.test import override_settings

from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.reservations import Quota, reserve, reset
from tests.caches import DOWN
from tests.rate_clock import Clock

pytestmark = pytest.mark.ratelimited


def quota() -> Quota:
    """Return a quota of a client that no other test has counted, in memory neither."""
    return Quota("login", uuid4().hex, Rate(2, 300))


@pytest.fixture(autouse=True)
def _one_window(limits_clock: Clock) -> None:
    """Freeze the clock, so that no window ends during a test."""


def use_up(*quotas: Quota) -> None:
    for quota in quotas:
        assert [bool(reserve([quota]).refused) for _ in range(3)] == [False, False, True]


def test_a_quota_can_be_used_again_and_others_stay_used_up() -> None:
    anns, bobs = quota(), quota()
    use_up(anns, bobs)
    assert reset([anns])
    use_up(anns)
    assert reserve([bobs]).refused


def test_quotas_that_have_not_been_charged() -> None:
    anns, bobs = quota(), quota()
    assert reset([anns, bobs])
    use_up(anns, bobs)


def test_a_refund_after_it_gives_nothing_back() -> None:
    anns = quota()
    early = reserve([anns])
    assert reset([anns])
    early.refund()
    use_up(anns)


def test_without_the_cache_only_this_process_forgets() -> None:
    anns, bobs = quota(), quota()
    with override_settings(CACHES={"default": DOWN}):
        use_up(anns, bobs)
        assert not reset([anns])
        use_up(anns)
        assert reserve([bobs]).refused


def test_what_was_counted_during_an_outage_is_forgotten_after_it() -> None:
    anns = quota()
    with override_settings(CACHES={"default": DOWN}):
        use_up(anns)
    assert reset([anns])
    with override_settings(CACHES={"default": DOWN}):
        use_up(anns)
