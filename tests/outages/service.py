"""Run the project in this process, and call it from many threads, controlled by standard input.

Each line of input is a command in JSON. Its responses are printed on one line.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

HEADERS = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7"}


def main() -> None:
    call = _by_asgi() if sys.argv[1] == "asgi" else _by_wsgi()
    headers = HEADERS | _credentials()
    answer: list[Any] = []
    print(json.dumps(answer), flush=True)
    for line in sys.stdin:
        print(json.dumps(_obey(call, headers, **json.loads(line))), flush=True)


def _obey(
    call: Callable[..., Any],
    headers: dict[str, str],
    *,
    path: str,
    times: int,
    threads: int,
    body: Any,
) -> list[Any]:
    answers: list[Any] = []
    together = threading.Barrier(threads)

    def run() -> None:
        together.wait()
        for _ in range(times):
            began = time.monotonic()
            sent = b"" if body is None else json.dumps(body).encode()
            of_whom = headers if body is None else HEADERS
            status, received, text = call(path, of_whom, sent)
            answers.append(
                {
                    "status": status,
                    "seconds": time.monotonic() - began,
                    "headers": received,
                    "body": text[:2000],
                }
            )

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return answers


def _by_wsgi() -> Callable[..., Any]:
    from django.test import RequestFactory

    from cumulonimbus.wsgi import application

    def call(path: str, headers: dict[str, str], body: bytes) -> Any:
        method = "POST" if body else "GET"
        request: Any = RequestFactory().generic(
            method, path, body, "application/json", secure=True, headers=headers
        )
        began: list[Any] = []
        chunks = application(request.environ, lambda *start: began.append(start))
        text = b"".join(chunks).decode()
        chunks.close()
        status, received = began[0]
        return int(status[:3]), dict(received), text

    return call


def _by_asgi() -> Callable[..., Any]:
    from asgiref.testing import ApplicationCommunicator
    from django.test import AsyncRequestFactory

    from cumulonimbus.asgi import application

    async def call(path: str, headers: dict[str, str], body: bytes) -> Any:
        method = "POST" if body else "GET"
        request: Any = AsyncRequestFactory().generic(
            method, path, body, "application/json", secure=True, headers=headers
        )
        # The factory would send an empty cookie.
        sent = [(name, value) for name, value in request.scope["headers"] if value]
        communicator = ApplicationCommunicator(application, request.scope | {"headers": sent})
        await communicator.send_input({"type": "http.request", "body": body})
        start = await communicator.receive_output(60)
        text = b""
        while True:
            part = await communicator.receive_output(60)
            text += part.get("body", b"")
            if not part.get("more_body"):
                break
        await communicator.wait(60)
        received = {name.decode().title(): value.decode() for name, value in start["headers"]}
        return start["status"], received, text.decode()

    return lambda *arguments: asyncio.run(call(*arguments))


def _credentials() -> dict[str, str]:
    """Return the headers of a superuser who is logged in to the API and the admin."""
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connections

    from sessions_api.callers.clients import Client
    from sessions_api.http.console.visits import remember
    from sessions_api.services.console_sessions import create_console_session
    from sessions_api.services.session_creation import create_session

    call_command("migrate", verbosity=0)
    user_model = get_user_model()
    user = user_model.objects.filter(username="ann").first()
    if user is None:
        user = user_model.objects.create_superuser("ann", "ann@example.com", "a good password")
    client, lifetime = Client(address="198.51.100.7", user_agent=""), timedelta(hours=1)
    _, token = create_session(user, client=client, lifetime=lifetime)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    remember(store, create_console_session(user, client=client, lifetime=lifetime))
    store.save()
    connections.close_all()
    return {"authorization": token, "cookie": f"sessionid={store.session_key}"}


if __name__ == "__main__":
    main()
