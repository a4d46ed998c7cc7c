"""Who calls the host, and how."""

from collections.abc import Callable
from typing import Any

from sessions_api.models import UserSession

PASSWORD = "correct horse battery staple"

#: ``call(method, path, body=None, token=None)``: the answer.
Call = Callable[..., Any]

#: ``log_in(member, scope=None)``: an open session, and its token.
LogIn = Callable[..., tuple[UserSession, str]]
