"""The requests of a drill, and the barrier that keeps them from changing anything."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import cast
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections, transaction
from django.http import HttpRequest
from django.middleware.csrf import CSRF_SECRET_LENGTH, CSRF_SESSION_KEY

from sessions_api.callers.clients import PEER_ADDRESS

#: An address that nobody has (RFC 5737).
ADDRESS = "192.0.2.1"
_SECRET = "d" * CSRF_SECRET_LENGTH
#: What stands in a path for its variables, by name; "1" for the others.
VALUES = {"uid": "me"}
#: Statements that change nothing and lock no row.
_READS = re.compile(
    r"\s*SELECT\b(?!.*\bFOR (?:NO KEY )?(?:UPDATE|SHARE|KEY SHARE)\b)", re.IGNORECASE | re.DOTALL
)


class NotInDrill(Exception):
    """A view wanted to write to the database before its action."""


def made_up_request(method: str, path: str) -> HttpRequest:
    """Return a request as a browser of this site would send it, without a body.

    :param method: the method, in upper case.
    """
    hosts = [host for host in settings.ALLOWED_HOSTS if "*" not in host]
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "HTTP_HOST": hosts[0].lstrip(".") if hosts else "localhost",
        PEER_ADDRESS: ADDRESS,
        # The proof that a form is from a page of ours.
        "HTTP_COOKIE": f"{settings.CSRF_COOKIE_NAME}={_SECRET}",
        settings.CSRF_HEADER_NAME: _SECRET,
    }
    setup_testing_defaults(environ)
    request = WSGIRequest(environ)
    if settings.CSRF_USE_SESSIONS:
        # Whatever reads it only looks the secret up.
        request.session = cast(SessionBase, {CSRF_SESSION_KEY: _SECRET})
    return request


def variables_of(path: str) -> dict[str, str]:
    """Return values for the variables of a path, such as ``uid`` in ``/users/:uid``."""
    return {name: VALUES.get(name, "1") for name in re.findall(r":(\w+)", path)}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Refuse statements that write or lock.

    REST framework marks the transaction of a refused request for a rollback if the project has
    ``ATOMIC_REQUESTS``. That must not undo the record of the drill.
    """
    with ExitStack() as stack:
        for alias in connections:
            if connections[alias].settings_dict["ATOMIC_REQUESTS"]:
                stack.enter_context(transaction.atomic(using=alias))
            stack.enter_context(connections[alias].execute_wrapper(_read))
        yield


def _read(execute: Callable[..., object], sql: str, *rest: object) -> object:
    if not _READS.match(sql):
        raise NotInDrill(sql)
    return execute(sql, *rest)
