"""Chunked request bodies, and bodies with a wrong length.

They are sent on raw sockets, because no library sends malformed requests, to each kind of server.
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
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client as Browser

from killswitches.models import KillSwitch
from killswitches.registry import FILE_CREATE
from tests.cast import PASSWORD
from tests.killswitches.pages import page_of
from tests.processes.server import LOOPBACK, PUBLIC_NAME, ROOT, TIMEOUT, environment

pytestmark = pytest.mark.django_db(transaction=True)

WSGI, ASGI = "cumulonimbus.wsgi:application", "cumulonimbus.asgi:application"
SERVERS = {
    "granian": ["-m", "granian", "--interface=wsgi", "--host={host}", "--port={port}", WSGI],
    "gunicorn": ["-m", "gunicorn", "--threads=4", "--bind={host}:{port}", WSGI],
    "uvicorn": ["-m", "uvicorn", "--host={host}", "--port={port}", ASGI],
    "runserver": ["manage.py", "runserver", "--noreload", "{host}:{port}"],
}
#: The development server passes on the bytes of the connection without decoding chunks.
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
        """Return the status and the JSON of the response; None in its place if it has no JSON."""
        status, page = self.send(body, *headers, path=path, method=method, breaks_off=breaks_off)
        text = re.search(rb"\{.*\}", page, re.DOTALL)
        return status, json.loads(text[0]) if text else None

    def send(
        self, body: bytes, *headers: str, path: str, method: str = "POST", breaks_off: bool = False
    ) -> tuple[int, bytes]:
        """Return the status and the body of the response; 0 if there is none."""
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: {PUBLIC_NAME}",
            "X-Forwarded-Proto: https",
            "X-Forwarded-For: 198.51.100.7",
            "Connection: close",
            *headers,
        ]
        with socket.create_connection((LOOPBACK, self._port), timeout=TIMEOUT) as connection:
            # The server may have responded and closed the connection before everything was sent.
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
            return 0, b""
        assert found, received
        return int(found[1]), found[2]


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
            env=environment()
            | {"DEBUG": "true", "RATELIMIT_ENABLE": "false"}
            # The admin takes the logins of the tests.
            | {"SECRET_KEY": settings.SECRET_KEY, "CONSOLE_SESSIONS": "false"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + TIMEOUT
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
        process.wait(TIMEOUT)


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
def test_a_body_that_is_too_long_is_not_read_to_its_end(call: Caller, ann: Any, kind: str) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    status, answer = call(chunked(b"x" * (limit + 1), 65_536), *of_type(kind, CHUNKED))
    if call.name == WITHOUT_CHUNKS:
        assert status == 411
    else:
        assert (status, answer["code"]) == (413, "BODY_TOO_LARGE_ERROR")


def test_a_body_of_the_maximum_length(call: Caller, ann: Any) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = AS_JSON + b" " * (limit - len(AS_JSON))
    status, _ = call(chunked(body, 65_536), *of_type(JSON, CHUNKED))
    assert status == (411 if call.name == WITHOUT_CHUNKS else 201)


def test_an_endless_body_gets_a_response(call: Caller, ann: Any) -> None:
    """The sender never sends the final chunk."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    endless = chunked(b"x" * (2 * limit), 65_536).removesuffix(b"0\r\n\r\n")
    status, _ = call(endless, *of_type(JSON, CHUNKED))
    assert status == (411 if call.name == WITHOUT_CHUNKS else 413)


@pytest.mark.parametrize("body", [b"0\r\n\r\n", b"zz\r\nrubbish\r\n0\r\n\r\n"])
def test_malformed_chunks(call: Caller, ann: Any, body: bytes) -> None:
    """Empty or malformed: granian does not distinguish the two."""
    status, answer = call(body, *of_type(JSON, CHUNKED))
    assert status in (400, 411)
    assert answer is None or answer["code"] == "INVALID_BODY_ERROR"


def test_both_a_length_and_chunks(call: Caller, ann: Any) -> None:
    """It is refused, or the chunks are read (RFC 9112, 6.1), but never the length."""
    body = chunked(AS_JSON)
    status, answer = call(body, *of_type(JSON, CHUNKED, f"Content-Length: {len(body)}"))
    assert status in (201, 400)
    assert status == 201 or answer is None or answer["code"] == "INVALID_BODY_ERROR"


@pytest.mark.parametrize("length", ["-1", "+5", "x", "1_0", "0x10", "9" * 5_000])
def test_a_malformed_length(call: Caller, ann: Any, length: str) -> None:
    status, answer = call(AS_JSON, *of_type(JSON, f"Content-Length: {length}"))
    assert status in (400, 413, 431)
    assert answer is None or answer["code"] in ("INVALID_BODY_ERROR", "BODY_TOO_LARGE_ERROR")


def test_only_the_sessions_in_a_chunked_body_are_ended(
    call: Caller, me: Any, other: Any, log_in: Any
) -> None:
    body = chunked(json.dumps({"sessions": [str(other.session.sid)]}).encode())
    headers = of_type(JSON, CHUNKED, f"Authorization: Bearer {me.token}")
    status, answer = call(body, *headers, method="DELETE", path="/api/sessions")
    left = set(me.user.login_sessions.values_list("sid", flat=True))
    if call.name == WITHOUT_CHUNKS:
        assert (status, left) == (411, {me.session.sid, other.session.sid})
    else:
        assert (status, answer) == (200, {"count": 1, "type": "session"})
        assert left == {me.session.sid}


@pytest.mark.parametrize("kind", ["a/b; c*=x''y", "application/json; c*=idna''b"])
def test_a_content_type_that_nobody_can_read(call: Caller, ann: Any, kind: str) -> None:
    headers = of_type(kind, f"Content-Length: {len(AS_FORM)}")
    status, answer = call(AS_FORM, *headers)
    assert (status, answer["code"]) == (415, "INVALID_BODY_ERROR")
    assert call.send(b"", *of_type(kind), path="/", method="GET")[0] == 200


def test_a_truncated_form_ends_nothing(call: Caller, me: Any, other: Any) -> None:
    """Servers need not respond, because the client has closed the connection."""
    body = f"sessions={other.session.sid}&sessions=".encode()
    headers = of_type(
        FORM, f"Authorization: Bearer {me.token}", f"Content-Length: {len(body) + 10}"
    )
    status, answer = call(body, *headers, method="DELETE", path="/api/sessions", breaks_off=True)
    assert status in (0, 400)
    assert answer is None or answer["code"] == "INVALID_BODY_ERROR"
    assert me.user.login_sessions.count() == 2


def test_a_truncated_form_of_a_page_changes_nothing(call: Caller, roots_desk: Browser) -> None:
    """Without its last fields, the preview of a kill switch turns it on for everybody."""
    path, token = page_of(FILE_CREATE), "a" * 32
    session = roots_desk.cookies[settings.SESSION_COOKIE_NAME].value
    fields = {
        "csrfmiddlewaretoken": token,
        "version": roots_desk.get(path).context["state"].version,
        "reason": "a look",
        "only_network": "203.0.113.0/24",
        "preview": "1",
    }
    whole = urlencode(fields).encode()
    headers = of_type(
        FORM,
        f"Content-Length: {len(whole)}",
        f"Cookie: {settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}",
        f"Origin: https://{PUBLIC_NAME}",
    )
    part = whole[: whole.index(b"&only_network")]
    status, _ = call.send(part, *headers, path=path, breaks_off=True)
    assert status in (0, 400)
    assert not KillSwitch.objects.filter(enabled=True).exists()
    status, page = call.send(whole, *headers, path=path)
    assert (status, b"203.0.113.0/24" in page) == (200, True)
