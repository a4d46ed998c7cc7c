"""Parallel attempts to log in to the admin."""

from collections import Counter
from typing import Any

import pytest

from tests.sessions_api.second_factors.staff_login.desk import Desk
from tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ratelimited]


def test_parallel_attempts_do_not_exceed_the_limit(staff: Any, limits_clock: Any) -> None:
    guesses = [lambda: Desk().password(password="wrong").status_code] * 12
    assert Counter(together(*guesses)) == {200: 4, 429: 8}


def test_right_passwords_among_them_allow_no_further_attempts(
    staff: Any, limits_clock: Any
) -> None:
    for _ in range(2):
        assert Desk().password(password="wrong").status_code == 200
    calls = [lambda: ("wrong", Desk().password(password="wrong").status_code)] * 8
    calls += [lambda: ("right", Desk().password().status_code)] * 8
    seen = Counter(together(*calls))
    assert seen["wrong", 200] <= 2
    assert seen["wrong", 200] + seen["wrong", 429] == 8
