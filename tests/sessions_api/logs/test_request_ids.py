"""The id of a request: taken or made, returned, and the same in log lines and audit events."""

import asyncio
import itertools
import logging
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory

from sessions_api.logs import request_ids
from sessions_api.logs.middleware import HEADER, RequestLogMiddleware
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record
from tests.api import OWN_SESSIONS, Api, Login
from tests.cast import PASSWORD
from tests.paths import ROOT
from tests.sessions_api.logs.captured import captured


@pytest.mark.parametrize(
    "given",
    ["a", "7", "0f8fad5b-d9cb-469f-a165-70867728950e", "1-67891233.abc_DEF", "x" * 64],
)
def test_a_short_and_plain_id_is_taken(given: str) -> None:
    assert request_ids.begin(given) == given == request_ids.current_request_id()
    request_ids.end()
    assert request_ids.current_request_id() == ""


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "x" * 65,
        "-a",
        ".a",
        "a b",
        "a\nb",
        "a\n",
        "ä",
        "٣",
        "a:b",
        "a=b",
        "\x1b[31m",
        "a\0",
    ],
)
def test_another_one_is_replaced(given: str | None) -> None:
    made = request_ids.begin(given)
    assert made != given
    assert request_ids.begin(made) == made
    request_ids.end()


def test_made_ids_differ_in_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: request_ids.begin(None), range(400)))
    assert len(set(made)) == 400


def test_made_ids_differ_in_forked_processes() -> None:
    script = """
        import os
        from sessions_api.logs import request_ids
        if child := os.fork():
            os.waitpid(child, 0)
        print(request_ids.begin(None), flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    made = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    prefixes = [line.partition("-")[0] for line in made.split()]
    assert [len(prefix) for prefix in prefixes] == [12, 12]
    assert len(set(prefixes)) == 2


def test_every_response_has_the_id(client: Client, db: None) -> None:
    for path in ("/", "/api/v5/nothing", "/admin/login/", "/api/v5/users/me/sessions"):
        response = client.get(path, headers={"x-request-id": "abc-1"})
        assert response[HEADER] == "abc-1"
        made = client.get(path)[HEADER], client.get(path)[HEADER]
        assert len(set(made)) == 2
    assert HEADER not in client.get("/livez")


def test_audit_events_have_the_id(api: Api, ann: Any) -> None:
    body = {"username": "ann", "password": PASSWORD}
    response = api("POST", "/login", body, HTTP_X_REQUEST_ID="from-the-proxy")
    assert response.status_code == 201, response.content
    api("POST", "/login", body | {"password": "wrong"}, HTTP_X_REQUEST_ID="wrong-one")
    found = dict(AuditEvent.objects.values_list("kind", "request_id"))
    assert found == {"login": "from-the-proxy", "login_failed": "wrong-one"}
    record(AuditEvent.Kind.BANNED, Actor(name="a command"))
    assert AuditEvent.objects.get(kind="banned").request_id == ""


def test_lines_have_the_id(client: Client, db: None) -> None:
    with captured() as text:
        client.get("/api/v5/nothing", headers={"x-request-id": "lost-1"})
        logging.getLogger("elsewhere").warning("outside")
    [lost, outside] = text.getvalue().splitlines()
    # Django logs a response with an error after all middleware.
    assert "django.request [lost-1]: Not Found: /api/v5/nothing" in lost
    assert "elsewhere [-]: outside" in outside


def test_threads_do_not_share_ids() -> None:
    met = threading.Barrier(4)

    def view(request: HttpRequest) -> HttpResponse:
        met.wait(10)
        return HttpResponse(request_ids.current_request_id())

    def ask(number: int) -> bool:
        request = RequestFactory().get("/", headers={"x-request-id": f"n{number}"})
        response: Any = RequestLogMiddleware(view)(request)
        return response.content.decode() == response[HEADER] == f"n{number}"

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(40)))


def test_tasks_do_not_share_ids() -> None:
    waiting = itertools.count()

    async def view(request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0.001 * (next(waiting) % 5))
        return HttpResponse(request_ids.current_request_id())

    async def ask(number: int) -> bool:
        request = AsyncRequestFactory().get("/", headers={"x-request-id": f"n{number}"})
        response: Any = await RequestLogMiddleware(view)(request)  # type: ignore[misc]
        return response.content.decode() == response[HEADER] == f"n{number}"

    async def ask_all() -> list[bool]:
        return await asyncio.gather(*map(ask, range(40)))

    assert all(asyncio.run(ask_all()))


@pytest.mark.django_db(transaction=True)
def test_under_asgi_events_have_the_id(me: Login) -> None:
    async def leave() -> Any:
        headers = {"authorization": me.token, "x-request-id": "over-asgi"}
        return await AsyncClient().delete(f"/api/v5{OWN_SESSIONS}/me", headers=headers)

    response = asyncio.run(leave())
    assert (response.status_code, response[HEADER]) == (200, "over-asgi")
    assert AuditEvent.objects.get(kind="sessions_ended").request_id == "over-asgi"


def test_the_parts_of_a_stream_have_the_id() -> None:
    def parts() -> Any:
        yield request_ids.current_request_id()

    stream: Any = RequestLogMiddleware(lambda request: StreamingHttpResponse(parts()))(
        RequestFactory().get("/", headers={"x-request-id": "stream"})
    )
    assert b"".join(stream) == b"stream"
    request_ids.end()
