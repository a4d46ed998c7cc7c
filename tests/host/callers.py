"""Types and constants for the host's tests."""

from collections.abc import Callable

from sessions_api.testing import SessionClient

PASSWORD = "correct horse battery staple"

#: ``log_in(member, scopes=None)`` returns a client with an active session.
LogIn = Callable[..., SessionClient]
