"""Plans of queries for one user while many others create sessions in the same seconds."""

import time
from typing import Any

import pytest
from django.db import connection

from sessions_api.models import UserSession
from sessions_api.models.sessions import SID_WINDOW
from tests.big_table import FIRST_USER, Plan, explained

pytestmark = [pytest.mark.usefixtures("big_table"), pytest.mark.django_db]

#: The number of sessions in the last minute, each of a different user.
OTHERS = 3000


def begin_others(now: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sessions_api_usersession
                (user_id, sid, jti, name, dialect, location, user_agent, browser, browser_version,
                 platform, os, os_version, is_dev, created_at, expires_at)
            SELECT %s + n, %s - n %% 60, gen_random_uuid(), 'New', 'v5', '', '', '', '', '', '',
                '', false, now(), now() + interval '1 day'
            FROM generate_series(1, %s) AS n
            """,
            [FIRST_USER, now, OTHERS],
        )


@pytest.fixture
def now() -> int:
    now = int(time.time())
    begin_others(now)
    return now


def check(plans: list[Plan], most: int) -> None:
    assert plans
    for plan in plans:
        assert plan.scanned == [], plan
        assert plan.rows <= most, plan


@pytest.mark.parametrize("taken", [0, 3, 45])
def test_the_id_of_a_new_session(make_user: Any, taken: int) -> None:
    # A month after the statistics were gathered, the planner expects hardly any row of an id.
    later = int(time.time()) + 30 * 86_400
    begin_others(later)
    user = make_user("newcomer")
    UserSession.objects.bulk_create(
        UserSession(user=user, sid=later - age, expires_at="2100-01-01T00:00Z")
        for age in range(taken)
    )
    with explained() as plans:
        assert UserSession.objects.free_sid(user, later) == later - taken
    check(plans, SID_WINDOW + taken)


def test_a_session_of_the_caller(make_user: Any, now: int, log_in: Any) -> None:
    me = log_in(make_user("newcomer"))
    with explained() as plans:
        assert me.api("GET", f"/users/me/sessions/{me.session.sid}").status_code == 200
    # The session, its user, and the switches.
    check(plans, 3)


def test_all_sessions_with_an_id(make_user: Any, now: int) -> None:
    """As in a search by staff."""
    with explained() as plans:
        assert UserSession.objects.filter(sid=now).count() == OTHERS // 60
    check(plans, OTHERS // 60)
