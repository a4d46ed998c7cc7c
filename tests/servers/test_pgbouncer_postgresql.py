"""The service behind PgBouncer with transaction pooling, as the manual recommends for its version.

A PgBouncer that keeps prepared statements apart gets them, an older one does not.
"""

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.paths import ROOT
from tests.processes.server import Connection, Server, environment, serve
from tests.servers.pgbouncer import SERVER_CONNECTIONS, keeps_statements, pgbouncer
from tests.servers.raw import call

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "/users/me/sessions"
#: More than PgBouncer has connections to the server.
CALLERS = 4 * SERVER_CONNECTIONS
ROUNDS = 10


@pytest.fixture(scope="module")
def url(django_db_setup: None) -> Iterator[str]:
    with pgbouncer() as url:
        yield url


@pytest.fixture(scope="module")
def server(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(
        tmp_path_factory.mktemp("server"),
        DATABASE_URL=url,
        PREPARED_STATEMENTS=str(keeps_statements()),
        RATELIMIT_ENABLE="false",
        # That of this process, which makes the session of the browser.
        SECRET_KEY=settings.SECRET_KEY,
    ) as server:
        yield server
        assert " ERROR " not in server.log.read_text()


@pytest.fixture
def callers(server: Server) -> Iterator[list[Connection]]:
    """Connections to all workers."""
    with contextlib.ExitStack() as stack:
        few = stack.enter_context(server.connect_to_each_worker())
        more = [stack.enter_context(server.connect()) for _ in range(CALLERS - len(few))]
        yield [*few, *more]


def token_of(call: Connection, username: str = "ann") -> str:
    answer = call("POST", "/login", {"username": username, "password": PASSWORD})
    assert answer.status == 201, answer
    return str(answer.body["token"])


def test_a_session_from_login_to_end(callers: list[Connection], ann: Any) -> None:
    one, other, *_ = callers
    token = token_of(one)
    body = {"name": "Script", "permissionFlags": 1, "password": PASSWORD}
    scoped = other("POST", OWN, body, token=token)
    assert scoped.status == 201, scoped
    assert len(one("GET", OWN, token=token).body["items"]) == 2
    assert {each("GET", f"{OWN}/me", token=token).status for each in callers} == {200}
    assert other("DELETE", f"{OWN}/me", token=token).status == 200
    assert {each("GET", f"{OWN}/me", token=token).status for each in callers} == {401}


def test_more_clients_than_connections_of_the_server(
    callers: list[Connection], make_user: Any, log_in: Any
) -> None:
    tokens = [log_in(make_user(f"user{number}")).token for number in range(CALLERS)]

    def live(call: Connection, token: str) -> Counter[int]:
        answers = [call("GET", f"{OWN}/me", token=token) for _ in range(ROUNDS)]
        # Nobody sees another's session.
        assert len({json.dumps(answer.body) for answer in answers}) == 1
        answers.append(call("DELETE", f"{OWN}/all?include-self=true", token=token))
        return Counter(answer.status for answer in answers)

    with ThreadPoolExecutor(CALLERS) as pool:
        assert sum(pool.map(live, callers, tokens), Counter()) == {200: CALLERS * (ROUNDS + 1)}


def test_of_two_who_end_a_session_one_does(callers: list[Connection], ann: Any) -> None:
    own = token_of(callers[0])
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            other = callers[0]("GET", f"{OWN}/me", token=token_of(callers[0])).body["id"]
            ended = pool.map(
                lambda call, sid=other: call("DELETE", f"{OWN}/{sid}", token=own), callers[:2]
            )
            assert sorted(answer.status for answer in ended) == [200, 404]


def test_a_switch_flips_for_all_workers(callers: list[Connection], staff: Any, ann: Any) -> None:
    by_staff = token_of(callers[0], "sam")
    for method, status in (("PUT", 503), ("DELETE", 201)):
        path = f"/killswitches/{4}"
        flip = callers[0](method, path, {"password": PASSWORD}, token=by_staff)
        assert flip.status == 200, flip
        body = {"username": "ann", "password": PASSWORD}
        assert {each("POST", "/login", body).status for each in callers[:4]} == {status}


@pytest.mark.parametrize("page", ["", "sessions_api/usersession/", "sessions_api/auditevent/"])
def test_pages_of_the_console(server: Server, staff: Any, page: str) -> None:
    name = settings.SESSION_COOKIE_NAME
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"CONSOLE_SESSIONS": True}):
        browser = browser_of(staff, "view_usersession", "view_auditevent")
    lines = (
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-For: 203.0.113.50",
        f"Cookie: {name}={browser.cookies[name].value}".encode(),
    )
    assert call(server.address, f"/admin/{page}", *lines).status == 200


def test_a_migration_that_changes_a_column(callers: list[Connection], ann: Any) -> None:
    """The statement of every request reads the column, and has been prepared."""
    token = token_of(callers[0])
    assert {each("GET", f"{OWN}/me", token=token).status for each in callers} == {200}
    for length in (129, 128):
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE sessions_api_usersession ALTER COLUMN name TYPE varchar({length})"
            )
        assert {each("GET", f"{OWN}/me", token=token).status for each in callers} == {200}


@pytest.mark.parametrize(
    ("mode", "statements", "prepares", "warns"),
    [
        ("transaction", True, True, not keeps_statements()),
        ("transaction", False, True, True),
        ("transaction", False, False, False),
        ("session", False, True, False),
    ],
)
def test_the_check(
    django_db_setup: None, mode: str, statements: bool, prepares: bool, warns: bool
) -> None:
    with pgbouncer(mode, statements=statements) as url:
        changes = {"DATABASE_URL": url, "PREPARED_STATEMENTS": str(prepares)}
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--database=default"],
            env=environment() | changes,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    assert ("sessions_api.W056" in done.stderr) is warns, done.stderr
