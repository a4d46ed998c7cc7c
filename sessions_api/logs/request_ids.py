"""The id of the current request, which log lines and audit events have in common."""

import itertools
import logging
import os
import re
import secrets
from contextvars import ContextVar

#: The length of the longest id that is taken from a client or proxy.
LONGEST = 64

#: Ids of nginx, Heroku, Envoy and others fit. They can break no line and contain no token.
_PLAIN = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST - 1}}}", re.ASCII)

_current: ContextVar[str] = ContextVar("request_id", default="")


class _Maker:
    """Makes ids of a random prefix per process, and a number: a tenth of the time of a UUID."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self._prefix = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def make(self) -> str:
        return f"{self._prefix}-{next(self._numbers):x}"


_maker = _Maker()
# A worker that was forked after this module was imported must not count as its siblings do.
os.register_at_fork(after_in_child=_maker.renew)


def current_request_id() -> str:
    """Return the id of the request that this thread or task serves; "" outside of requests."""
    return _current.get()


def begin(given: str | None) -> str:
    """Begin a request and return its id.

    :param given: the header ``X-Request-ID``. It is taken if it has at most 64 ASCII letters,
        digits, ``-``, ``.`` and ``_``, and begins with a letter or digit; else an id is made.
    """
    own = given if given and _PLAIN.fullmatch(given) else _maker.make()
    _current.set(own)
    return own


def end() -> None:
    """Forget the id: the thread's next lines may belong to no request."""
    _current.set("")


class RequestIdFilter(logging.Filter):
    """A filter for handlers that adds the attribute ``request_id`` to records; "-" if none."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            # Django logs responses with an error after the middleware, with the request.
            request = getattr(record, "request", None)
            record.request_id = _current.get() or getattr(request, "request_id", "") or "-"
        return True
