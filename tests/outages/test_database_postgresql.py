"""Requests while PostgreSQL restarts, is unavailable or read-only never get a 500."""

import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outages.caller import Service, serve
from tests.outages.postgresql import DATABASE, ROLE, PostgreSQL
from tests.processes.server import LOOPBACK

ME = "/api/v5/users/me/sessions/me"
#: An endpoint of the API with one statement, one with several, and a page of the admin.
PATHS = [ME, "/api/v5/users/me/sessions", "/admin/sessions_api/usersession/"]
THREADS = 12
LOGIN = {"username": "ann", "password": "a good password"}
PERSISTENT = "?conn_max_age=600"


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    with tempfile.TemporaryDirectory(prefix="postgresql-") as directory:
        server = PostgreSQL(Path(directory))
        yield server
        server.stop()


@pytest.fixture(
    scope="module",
    params=[("", "wsgi"), (PERSISTENT, "wsgi"), ("", "asgi")],
    ids=["pool", "persistent", "asgi"],
)
def service(
    request: pytest.FixtureRequest,
    database: PostgreSQL,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    query, interface = request.param
    directory = tmp_path_factory.mktemp("service")
    with serve(directory, database.port, query=query, interface=interface) as service:
        yield service


def await_answer(service: Service) -> None:
    deadline = time.monotonic() + 30
    while service.statuses(ME) != {200: 1}:
        assert time.monotonic() < deadline
        time.sleep(0.2)


class TestRestarts:
    @pytest.mark.parametrize("path", PATHS)
    def test_closed_connections_cause_no_error(
        self, database: PostgreSQL, service: Service, path: str
    ) -> None:
        # Afterwards each thread has a connection.
        assert service.statuses(path, times=3, threads=THREADS) == {200: 3 * THREADS}
        assert database.end_connections() > 0
        assert service.statuses(path, times=2, threads=THREADS) == {200: 2 * THREADS}

    def test_a_restart_causes_no_error(self, database: PostgreSQL, service: Service) -> None:
        for path in PATHS:
            service.statuses(path, threads=THREADS)
        database.restart()
        for path in PATHS:
            assert service.statuses(path, threads=THREADS) == {200: THREADS}

    def test_requests_in_flight(self, database: PostgreSQL, service: Service) -> None:
        over = threading.Event()

        def end_again_and_again() -> None:
            while not over.is_set():
                database.end_connections()

        ending = threading.Thread(target=end_again_and_again)
        ending.start()
        statuses = service.statuses("/api/v5/users/me/sessions", times=20, threads=THREADS)
        over.set()
        ending.join()
        assert statuses[200] > 0
        assert set(statuses) <= {200, 503}


class TestUnavailable:
    @contextlib.contextmanager
    def stopped(self, database: PostgreSQL, service: Service) -> Iterator[None]:
        service.call(ME, threads=THREADS)
        database.stop()
        try:
            yield
        finally:
            database.start()
        await_answer(service)

    def test_health_probes(self, database: PostgreSQL, service: Service) -> None:
        with self.stopped(database, service):
            assert service.statuses("/livez", threads=THREADS) == {200: THREADS}
            assert service.statuses("/readyz", threads=THREADS) == {503: THREADS}
        # The result of a probe is kept for a second.
        time.sleep(1)
        assert service.statuses("/readyz", threads=THREADS) == {200: THREADS}

    def test_a_stopped_server(self, database: PostgreSQL, service: Service) -> None:
        with self.stopped(database, service):
            for _ in range(2):
                for path in ("/api/v3/user/session", "/api/v4/users/me/sessions", ME, "/api/"):
                    [answer] = service.call(path)
                    assert answer.body == (
                        '{"code":"SERVICE_UNAVAILABLE_ERROR","message":"Service Unavailable"}'
                    )
                    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
                [answer] = service.call("/api/wolfpal/sessions")
                assert answer.body == (
                    '{"code":"SERVICE_UNAVAILABLE_ERROR","error":"Service Unavailable"}'
                )
                [answer] = service.call("/admin/")
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
                assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
                [answer] = service.call("/api/v5/login", body=LOGIN)
                assert answer.status == 503
                time.sleep(1.1)
            answers = service.call(ME, times=10, threads=THREADS)
            assert {answer.status for answer in answers} == {503}
            # Most did not even try to connect.
            assert sorted(answer.seconds for answer in answers)[len(answers) // 2] < 1

    def test_an_outage_is_logged_on_a_few_lines(
        self, database: PostgreSQL, service: Service
    ) -> None:
        with self.stopped(database, service):
            before = len(service.log.read_text().splitlines())
            service.call(ME, times=10, threads=THREADS)
            service.call("/admin/", times=10, threads=THREADS)
        log = service.log.read_text()
        assert "Traceback" not in log
        assert "Could not connect to the database" in log
        assert "is available again" in log
        assert len(log.splitlines()) - before < 30

    def test_a_server_without_free_connections(
        self, database: PostgreSQL, service: Service
    ) -> None:
        await_answer(service)
        database.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
        database.end_connections()
        try:
            assert set(service.statuses(ME, threads=THREADS)) == {503}
            assert set(service.statuses("/admin/", threads=THREADS)) == {503}
        finally:
            database.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
        await_answer(service)


@pytest.mark.parametrize("query", ["", PERSISTENT], ids=["pool", "persistent"])
def test_a_server_that_does_not_respond(database: PostgreSQL, tmp_path: Path, query: str) -> None:
    with Relay(database.port) as relay, serve(tmp_path, relay.port, query=query) as service:
        assert service.statuses(ME, threads=THREADS) == {200: THREADS}
        relay.fall_silent()
        service.call(ME, threads=THREADS)
        # No further request waits, except for one attempt per second.
        answers = service.call(ME, times=10, threads=THREADS)
        assert {answer.status for answer in answers} == {503}
        assert sum(answer.seconds > 1 for answer in answers) <= 1


class Relay(contextlib.AbstractContextManager["Relay"]):
    """Forwards connections to a port until it is silenced. Then it accepts connections, but sends
    nothing, like a server that hangs."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._listener = socket.create_server((LOOPBACK, 0), backlog=200)
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        self._to = 0
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def __exit__(self, *exception: object) -> None:
        self.fall_silent()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                if not self._to:
                    continue
                server = socket.create_connection((LOOPBACK, self._to))
                self._sockets.append(server)
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


class TestNoWrites:
    def test_reading_still_works(self, database: PostgreSQL, service: Service) -> None:
        await_answer(service)
        self.make_the_last_use_stale_and_a_switch_lapse(database)
        with database.configured("default_transaction_read_only", "on"):
            for path in (*PATHS, "/admin/", "/api/v5/killswitches", *ADMIN):
                assert (path, dict(service.statuses(path))) == (path, {200: 1})
            [answer] = service.call("/api/v5/killswitches")
            assert '"state":true' not in answer.body
            [answer] = service.call("/api/v5/login", body=LOGIN)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        [answer] = service.call("/api/v5/login", body=LOGIN)
        assert answer.status == 201
        assert "Traceback" not in service.log.read_text()

    @staticmethod
    def make_the_last_use_stale_and_a_switch_lapse(database: PostgreSQL) -> None:
        database.execute(
            "UPDATE sessions_api_usersession SET used_at = NULL",
            "INSERT INTO killswitches_killswitch (number, enabled, until, changed_by_name, reason)"
            " VALUES (5, true, now() - interval '1 hour', '', '')"
            " ON CONFLICT (number) DO UPDATE SET enabled = true, until = excluded.until",
            database=DATABASE,
        )


ADMIN = [
    "/admin/killswitches/killswitch/",
    "/admin/killswitches/switchflip/",
    "/admin/sessions_api/auditevent/",
    "/admin/sessions_api/bulksignout/",
    "/admin/second_factors/secondfactor/",
    "/admin/cumulonimbus/user/",
    "/admin/password_change/",
    "/admin/auth/group/",
]
