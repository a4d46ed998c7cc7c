"""Rates of other apps. Those of a plug-in are tested in the host project."""

import pytest

from sessions_api.exceptions import InvalidUser
from sessions_api.http.policy import login_rate
from sessions_api.ratelimits import rates
from sessions_api.ratelimits.rates import Rate


@pytest.mark.parametrize("name", ["", "LOGIN"])
def test_names_that_are_not_free(name: str) -> None:
    before = dict(rates.BY_NAME)
    with pytest.raises(ValueError, match="name of its own"):
        rates.register(Rate(limit=9, period=9, name=name))
    assert before == rates.BY_NAME


def test_a_login_counts_towards_those_that_come_later() -> None:
    known = list(rates.LOGINS)
    try:
        earlier = login_rate(rates.LOGIN)
        own = Rate(limit=9, period=9)
        later = login_rate(own, InvalidUser)
        for login in (earlier, later):
            assert own in [quota.rate for quota in login.quotas("a network")]
            assert rates.OLDER_LOGIN in [quota.rate for quota in login.quotas("a network")]
        enforced = [quota.rate for quota in later.quotas("a network") if quota.enforced]
        assert enforced == [own]
        assert hash(earlier) != hash(later)
    finally:
        rates.LOGINS[:] = known
