"""Helpers for tests of incidents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone

from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services import incidents, jobs, sign_outs
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch

#: Where sessions are stolen, in all of these tests.
NETWORK = "203.0.113.0/24"
STOLEN = SessionSearch(network=NETWORK)


def steal(user: Any, number: int = 1, **fields: Any) -> list[UserSession]:
    """Create sessions of a user in the attacker's network."""
    newest = UserSession.objects.order_by("-sid").values_list("sid", flat=True).first() or 0
    given = {
        "name": "stolen",
        "address": "203.0.113.7",
        "location": "Lyon, France",
        "browser": "curl",
        "dialect": "v5",
        "expires_at": timezone.now() + timedelta(days=1),
    }
    return UserSession.objects.bulk_create(
        UserSession(user=user, sid=newest + 1 + one, **(given | fields)) for one in range(number)
    )


def by(user: Any, *permissions: str) -> Actor:
    """Return a member of staff as an actor who may end sessions."""
    return Actor(user=user, permissions=permissions or (END_SESSIONS,))


def open_one(actor: Actor, search: SessionSearch = STOLEN, **fields: Any) -> Incident:
    """Open an incident that began an hour ago."""
    given = {"began_at": timezone.now() - timedelta(hours=1)} | fields
    return incidents.open_incident("Stolen tokens", search=search, actor=actor, **given)


def run_all() -> None:
    """Run all jobs to their end."""
    for _ in range(50):
        jobs.run_due()
        if jobs.next_due() is None:
            return
    raise AssertionError("not finished")


def steal_and_end(incident: Incident, *users: Any, actor: Actor) -> None:
    """Create a session of each user in the attacker's network, and end them in the incident."""
    for user in users:
        steal(user)
    sign_outs.request_sign_out(incident, actor=actor, reason="stolen")
    run_all()


@contextmanager
def at_statement(word: str, act: Callable[[], object], *, at: int = 1) -> Iterator[None]:
    """Call a function before the n-th statement that contains a word."""
    numbers = count(1)

    def execute(run: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if word in sql and next(numbers) == at:
            act()
        return run(sql, *arguments)

    with connection.execute_wrapper(execute):
        yield


@contextmanager
def failing(word: str, error: BaseException, *, at: int = 1) -> Iterator[None]:
    """Raise an error instead of executing the n-th statement that contains a word."""

    def fail() -> None:
        raise error

    with at_statement(word, fail, at=at):
        yield
