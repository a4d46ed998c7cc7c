"""Logins, pages and endings at the same time, on PostgreSQL."""

from typing import Any

import pytest

from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.sessions import end_all_sessions
from tests.admin_paths import INDEX, LOGIN
from tests.cast import PASSWORD
from tests.sessions_api.http.console.console import Console, inside, new_browser, of_console
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

SOMEBODY = Actor(name="somebody")


@pytest.mark.parametrize("trial", range(5))
def test_ending_while_pages_are_answered(sams: Console, trial: int) -> None:
    browsers = [sams.thief() for _ in range(6)]
    UserSession.objects.update(used_at=None)
    *statuses, ended = together(
        *[lambda browser=browser: browser.get(INDEX).status_code for browser in browsers],
        lambda: end_all_sessions(sams.user, actor=SOMEBODY),
    )
    assert set(statuses) <= {200, 302}
    assert len(ended) == 1
    assert of_console() == []
    assert not any(map(inside, browsers))


@pytest.mark.parametrize("trial", range(5))
def test_logins_while_all_sessions_end(staff: Any, trial: int) -> None:
    """Each has a row, or is worth nothing."""
    browsers = [new_browser() for _ in range(4)]
    together(
        *[lambda browser=browser: _log_in(browser) for browser in browsers],
        lambda: end_all_sessions(staff, actor=SOMEBODY),
    )
    assert sum(map(inside, browsers)) == len(of_console())
    end_all_sessions(staff, actor=SOMEBODY)
    assert not any(map(inside, browsers))


@pytest.mark.parametrize("trial", range(5))
def test_logins_while_the_account_is_banned(staff: Any, trial: int) -> None:
    browsers = [new_browser() for _ in range(4)]
    statuses = together(
        *[lambda browser=browser: _log_in(browser) for browser in browsers],
        lambda: set_banned(staff, True, actor=SOMEBODY),
    )
    assert set(statuses[:-1]) <= {200, 302}
    assert of_console() == []
    assert not any(map(inside, browsers))
    set_banned(staff, False, actor=SOMEBODY)
    assert not any(map(inside, browsers))


def _log_in(browser: Any) -> int:
    status: int = browser.post(LOGIN, {"username": "sam", "password": PASSWORD}).status_code
    return status
