"""Bodies as they come over the wire: in chunks, and with lengths that are wrong.

Through raw sockets, for no library sends what an attacker sends; under each kind of server.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.cast import PASSWORD
from tests.processes.server import LOOPBACK, PATIENCE, PUBLIC_NAME, ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)

WSGI, ASGI = "cumulonimbus.wsgi:application", "cumulonimbus.asgi:application"
SERVERS = {
    "granian": ["-m", "granian", "--interface=wsgi", "--host={host}", "--port={port}", WSGI],
    "gunicorn": ["-m", "gunicorn", "--threads=4", "--bind={host}:{port}", WSGI],
    "uvicorn": ["-m", "uvicorn", "--host={host}", "--port={port}", ASGI],
    "runserver": ["manage.py", "runserver", "--noreload", "{host}:{port}"],
}
#: It hands over the bytes of the connection as they are.
WITHOUT_CHUNKS = "runserver"

GOOD = {"username": "ann", "password": PASSWORD}
AS_JSON = json.dumps(GOOD).encode()
AS_FORM = b"username=ann&password=" + PASSWORD.replace(" ", "+").encode()
AS_MULTIPART = b"".join(
    b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    % (name.encode(), text.encode())
    for name, text in GOOD.items()
) + (b"--b--\r\n")
JSON, FORM, MULTIPART = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
)


class Caller:
    """Sends bytes to the server."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self._port = port

    def __call__(
        self,
        body: bytes,
        *headers: str,
        path: str = "/api/login",
        method: str = "POST",
        breaks_off: bool = False,
    ) -> tuple[int, Any]:
        """The status and the JSON of the answer; the JSON is None where it is none of ours."""
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: {PUBLIC_NAME}",
            "X-Forwarded-Proto: https",
            "X-Forwarded-For: 198.51.100.7",
            "Connection: close",
            *headers,
        ]
        with socket.create_connection((LOOPBACK, self._port), timeout=PATIENCE) as connection:
            # The server may have answered, and hung up, before all has been sent.
            with contextlib.suppress(ConnectionError):
                connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
                if breaks_off:
                    connection.shutdown(socket.SHUT_WR)
            received = b""
            with contextlib.suppress(ConnectionError):
                while part := connection.recv(65_536):
                    received += part
        found = re.match(rb"HTTP/1\.[01] (\d{3}) ?.*?\r\n\r\n(.*)", received, re.DOTALL)
        if breaks_off and not received:
            return 0, None
        assert found, received
        text = re.search(rb"\{.*\}", found[2], re.DOTALL)
        return int(found[1]), json.loads(text[0]) if text else None


@pytest.fixture(scope="module", params=SERVERS)
def call(
    request: pytest.FixtureRequest, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    command = [part.format(host=LOOPBACK, port=port) for part in SERVERS[request.param]]
    log: Path = tmp_path_factory.mktemp(request.param) / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment() | {"DEBUG": "true", "RATELIMIT_ENABLE": "false"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(ConnectionError, AssertionError):
                if Caller(request.param, port)(b"", method="GET", path="/api/nowhere")[0] == 404:
                    break
            time.sleep(0.1)
        yield Caller(request.param, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def chunked(body: bytes, size: int = 7) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def of_type(content_type: str, *more: str) -> tuple[str, ...]:
    return (f"Content-Type: {content_type}", *more)


CHUNKED = "Transfer-Encoding: chunked"
KINDS = [(AS_JSON, JSON), (AS_FORM, FORM), (AS_MULTIPART, MULTIPART)]


@pytest.mark.parametrize(("body", "kind"), KINDS, ids=["json", "form", "multipart"])
def test_a_body_in_chunks(call: Caller, ann: Any, body: bytes, kind: str) -> None:
    stated = call(body, *of_type(kind, f"Content-Length: {len(body)}"))
    status, answer = call(chunked(body), *of_type(kind, CHUNKED))
    assert stated[0] == 201
    if call.name == WITHOUT_CHUNKS:
        assert (status, answer["code"]) == (411, "INVALID_BODY_ERROR")
    else:
        assert (status, set(answer)) == (201, {"token", "exp"})


@pytest.mark.parametrize("kind", [JSON, FORM, MULTIPART])
def test_one_that_is_too_long_is_not_read_to_its_end(call: Caller, ann: Any, kind: str) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    status, answer = call(chunked(b"x" * (limit + 1), 65_536), *of_type(kind, CHUNKED))
    if call.name == WITHOUT_CHUNKS:
        assert status == 411
    else:
        assert (status, answer["code"]) == (413, "BODY_TOO_LARGE_ERROR")


def test_one_of_the_greatest_length(call: Caller, ann: Any) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = AS_JSON + b" " * (limit - len(AS_JSON))
    status, _ = call(chunked(body, 65_536), *of_type(JSON, CHUNKED))
    assert status == (411 if call.name == WITHOUT_CHUNKS else 201)


def test_one_without_end_is_answered(call: Caller, ann: Any) -> None:
    """Its sender never says that it is over."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    endless = chunked(b"x" * (2 * limit), 65_536).removesuffix(b"0\r\n\r\n")
    status, _ = call(endless, *of_type(JSON, CHUNKED))
    assert status == (411 if call.name == WITHOUT_CHUNKS else 413)


@pytest.mark.parametrize("body", [b"0\r\n\r\n", b"zz\r\nrubbish\r\n0\r\n\r\n"])
def test_chunks_that_are_none(call: Caller, ann: Any, body: bytes) -> None:
    """Nothing, or nothing that can be read: granian does not tell the one from the other."""
    status, answer = call(body, *of_type(JSON, CHUNKED))
    assert status in (400, 411)
    assert answer is None or answer["code"] == "INVALID_BODY_ERROR"


def test_both_a_length_and_chunks(call: Caller, ann: Any) -> None:
    """Either refused, or read by its chunks, as RFC 9112 (6.1) has it; never by the length."""
    body = chunked(AS_JSON)
    status, answer = call(body, *of_type(JSON, CHUNKED, f"Content-Length: {len(body)}"))
    assert status in (201, 400)
    assert status == 201 or answer is None or answer["code"] == "INVALID_BODY_ERROR"


@pytest.mark.parametrize("length", ["-1", "+5", "x", "1_0", "0x10", "9" * 5_000])
def test_a_length_that_is_none(call: Caller, ann: Any, length: str) -> None:
    status, answer = call(AS_JSON, *of_type(JSON, f"Content-Length: {length}"))
    assert status in (400, 413, 431)
    assert answer is None or answer["code"] in ("INVALID_BODY_ERROR", "BODY_TOO_LARGE_ERROR")


def test_sessions_named_in_chunks_end_alone(call: Caller, me: Any, other: Any, log_in: Any) -> None:
    body = chunked(json.dumps({"sessions": [str(other.session.sid)]}).encode())
    headers = of_type(JSON, CHUNKED, f"Authorization: Bearer {me.token}")
    status, answer = call(body, *headers, method="DELETE", path="/api/sessions")
    left = set(me.user.login_sessions.values_list("sid", flat=True))
    if call.name == WITHOUT_CHUNKS:
        assert (status, left) == (411, {me.session.sid, other.session.sid})
    else:
        assert (status, answer) == (200, {"count": 1, "type": "session"})
        assert left == {me.session.sid}


def test_a_form_that_breaks_off_ends_nothing(call: Caller, me: Any, other: Any) -> None:
    """Whether it is answered is up to the server: who has hung up reads no answer."""
    body = f"sessions={other.session.sid}&sessions=".encode()
    headers = of_type(
        FORM, f"Authorization: Bearer {me.token}", f"Content-Length: {len(body) + 10}"
    )
    status, answer = call(body, *headers, method="DELETE", path="/api/sessions", breaks_off=True)
    assert status in (0, 400)
    assert answer is None or answer["code"] == "INVALID_BODY_ERROR"
    assert me.user.login_sessions.count() == 2
