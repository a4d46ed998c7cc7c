"""Several workers share limits and sessions, and stop gracefully."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection as database
from django.db import transaction

from tests.cast import PASSWORD
from tests.processes.server import TIMEOUT, Connection, Server, serve, wait_for
from tests.rate_windows import NOBODY, with_a_long_window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ratelimited]

CURRENT = "/users/me/sessions/me"
CALLERS = 50


def test_of_parallel_logins_only_four_are_admitted(
    server: Server, connection: Connection, ann: Any
) -> None:
    address = with_a_long_window(
        (f"203.0.113.{number}" for number in range(1, 255)),
        lambda address: connection("POST", "/login", NOBODY, address=address).headers[
            "RateLimit-Reset"
        ],
    )
    body = {"username": "ann", "password": PASSWORD}
    with (
        server.connect_to_each_worker() as callers,
        ExitStack() as stack,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        callers += [stack.enter_context(server.connect()) for _ in range(CALLERS - len(callers))]
        answers = list(
            pool.map(lambda call: call("POST", "/login", body, address=address), callers)
        )
    assert Counter(answer.status for answer in answers) == {201: 4, 429: CALLERS - 4}
    assert len({answer.worker for answer in answers}) == 2
    assert ann.login_sessions.count() == 4


def test_a_session_ended_by_one_worker_is_refused_by_the_other(
    server: Server, make_user: Any, log_in: Any
) -> None:
    with server.connect_to_each_worker() as (one, other):
        for number in range(20):
            # Requests with an invalid token are limited by address.
            caller = {
                "token": log_in(make_user(f"user{number}")).token,
                "address": f"192.0.2.{number}",
            }
            assert other("GET", CURRENT, **caller).status == 200
            assert one("DELETE", CURRENT, **caller).status == 200
            assert other("GET", CURRENT, **caller).status == 401
            one, other = other, one


def test_sigterm_lets_requests_finish(tmp_path: Path, ann: Any) -> None:
    login = ("POST", "/login", {"username": "ann", "password": PASSWORD})
    with serve(tmp_path) as server, server.connect() as connection, ThreadPoolExecutor() as pool:
        with transaction.atomic():
            # The login waits for the lock on its user's row.
            get_user_model().objects.select_for_update().get(pk=ann.pk)
            answer = pool.submit(connection, *login)
            wait_for(_somebody_waits_for_us)
            server.process.terminate()
            wait_for(lambda: "Handling signal: term" in server.log.read_text())
        assert answer.result(TIMEOUT).status == 201
        # A second signal could arrive when the interpreter no longer handles it.
        assert server.process.wait(TIMEOUT) == 0
        with pytest.raises(ConnectionRefusedError):
            server.connect()("GET", "/nowhere")
    assert "Traceback" not in server.log.read_text()


def _somebody_waits_for_us() -> bool:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]
