"""A client for the API, and logins that use it."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client as HttpClient

from sessions_api.models import UserSession

HOME = "198.51.100.7"

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/87.0.4280.88 Safari/537.36"
)
OWN_SESSIONS = "/users/me/sessions"


@dataclass
class Api:
    """A client for the API under a prefix.

    Call it with a method and a path. ``token`` is sent in the ``Authorization`` header without
    ``Bearer``.
    """

    prefix: str = "/api/v5"
    token: str | None = None
    address: str = HOME
    user_agent: str | None = CHROME

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        content_type: str = "application/json",
        **meta: Any,
    ) -> Any:
        if authorization := token or self.token:
            meta.setdefault("HTTP_AUTHORIZATION", authorization)
        if self.user_agent is not None:
            meta.setdefault("HTTP_USER_AGENT", self.user_agent)
        return HttpClient(raise_request_exception=False).generic(
            method,
            self.prefix + path,
            _encode(body),
            content_type,
            **{"REMOTE_ADDR": self.address} | meta,
        )


def _encode(body: Any) -> bytes | str:
    if body is None:
        return b""
    if isinstance(body, bytes | str):
        return body
    return json.dumps(body)


@dataclass
class Login:
    """An active session, and a client that uses it."""

    user: Any
    session: UserSession
    token: str
    api: Api


def is_dead(login: Login) -> bool:
    """Return whether the session's token is refused."""
    return login.api("GET", f"{OWN_SESSIONS}/me").status_code == 401
