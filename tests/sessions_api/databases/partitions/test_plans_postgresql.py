"""PostgreSQL's plans for the statements of the product where sessions are partitioned by user.

A statement about one user reads one partition; all others merge indexes of the partitions.
"""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from itertools import islice
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command

from cumulonimbus.models import User
from sessions_api.admin.overview.numbers import NumberCache, newest_devices
from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out, run_next_batch
from sessions_api.services.pruning import expired_sessions, sessions_ended_early
from sessions_api.services.session_counts import count_active_sessions
from sessions_api.services.session_creation import create_session
from sessions_api.services.session_search import SessionSearch
from sessions_api.services.undone_work import oldest_expired_session
from tests.api import CHROME, HOME, OWN_SESSIONS, Login
from tests.big_table import FIRST_USER, PACE, Plan, explained
from tests.browser import browser_of, page_of
from tests.cast import DOING, LOOKING, PASSWORD, allow

PARTITIONS = 4


@pytest.fixture(scope="module")
def partitioned(big_table: int, django_db_blocker: Any) -> int:
    """Partition the large table, and return the time of the newest session."""
    with django_db_blocker.unblock():
        call_command("partition_sessions", partitions=PARTITIONS, stdout=StringIO())
    return big_table


@pytest.fixture
def owner(partitioned: int, db: None) -> Any:
    """A user with ten sessions."""
    user = User.objects.get(pk=FIRST_USER + 7)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def me(owner: Any, log_in: Any) -> Login:
    return log_in(owner)


def other_of(login: Login) -> int:
    """Begin another session of a user, and return its id."""
    client, lifetime = Client(address=HOME, user_agent=CHROME), timedelta(hours=1)
    session, _ = create_session(login.user, client=client, lifetime=lifetime)
    return session.sid


@pytest.fixture
def boss(partitioned: int, make_user: Callable[..., Any]) -> Any:
    return allow(make_user("boss", is_staff=True, is_superuser=True), *LOOKING, *DOING)


def touching_sessions(plans: list[Plan]) -> list[Plan]:
    found = [plan for plan in plans if UserSession._meta.db_table in plan.statement]
    assert found
    return found


OF_ONE_USER: dict[str, Callable[[Login], Any]] = {
    "read one": lambda me: me.api("GET", f"{OWN_SESSIONS}/me"),
    "list": lambda me: me.api("GET", OWN_SESSIONS),
    "end one": lambda me: me.api("DELETE", f"{OWN_SESSIONS}/{other_of(me)}"),
    "end some": lambda me: me.api("DELETE", OWN_SESSIONS, {"ids": [other_of(me), "me"]}),
    "end all": lambda me: me.api("DELETE", f"{OWN_SESSIONS}/all?include-self=true"),
    "scoped": lambda me: me.api(
        "POST", OWN_SESSIONS, {"name": "x", "permissionFlags": 1, "password": PASSWORD}
    ),
}


@pytest.mark.parametrize("name", OF_ONE_USER)
def test_one_user_reads_one_partition(me: Login, name: str) -> None:
    with explained() as plans:
        response = OF_ONE_USER[name](me)
    assert response.status_code in (200, 201), response.content
    for plan in touching_sessions(plans):
        assert plan.scanned == [], plan
        assert len(plan.partitions) <= 1, plan


def test_a_login_reads_one_partition(owner: Any, api: Any) -> None:
    with explained() as plans:
        response = api("POST", "/login", {"username": owner.username, "password": PASSWORD})
    assert response.status_code == 201, response.content
    for plan in touching_sessions(plans):
        assert (plan.scanned, len(plan.partitions)) == ([], 1), plan


def test_the_note_of_the_last_use_names_the_user(me: Login) -> None:
    with explained() as plans:
        me.api("GET", f"{OWN_SESSIONS}/me")
    [note] = [plan for plan in plans if plan.statement.startswith("UPDATE")]
    assert len(note.partitions) == 1


def a_batch(boss: Any) -> Any:
    everybody = UserSession.objects.all()
    actor = Actor(user=boss)
    sign_out = begin_bulk_sign_out(
        uuid4(),
        actor=actor,
        reason="",
        what="",
        criteria={},
        spares_superusers=False,
        expected=None,
    )
    return run_next_batch(sign_out, everybody, actor=actor, indexed=False)


OF_ALL_USERS: dict[str, Callable[[Any, int], Any]] = {
    "overview": lambda boss, now: newest_devices(NumberCache()),
    "count": lambda boss, now: count_active_sessions(),
    "list in the admin": lambda boss, now: browser_of(boss).get("/admin/sessions_api/usersession/"),
    "page in the admin": lambda boss, now: browser_of(boss).get(
        page_of(UserSession.objects.order_by("pk")[1000])
    ),
    "search by id": lambda boss, now: next(SessionSearch(session=now - 1001 * PACE).pages(50)),
    "search by network": lambda boss, now: next(SessionSearch(network="10.1.0.0/24").pages(50)),
    "pruning": lambda boss, now: list(islice(expired_sessions().prune(500), 2)),
    "pruning of those ended early": lambda boss, now: list(
        sessions_ended_early().prune(500, max_batches=1)
    ),
    "bulk sign-out": lambda boss, now: a_batch(boss),
    "age of the oldest expired": lambda boss, now: oldest_expired_session(),
}


@pytest.mark.parametrize("name", OF_ALL_USERS)
def test_all_users_merge_indexes(partitioned: int, boss: Any, name: str) -> None:
    with explained() as plans:
        OF_ALL_USERS[name](boss, partitioned)
    for plan in touching_sessions(plans):
        assert plan.scanned == [], plan
