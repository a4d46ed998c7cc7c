"""Logins whose form is sent twice, as browsers without JavaScript do for a double click.

A browser reads the answer to the last request only, so that one has to bring the session. What is
needed for it is kept for seconds in the cache of the rate limits, which is asked only for logins
that these have admitted. While it is away, each sending is a login like any other.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from sessions_api.account.once import form_id_of
from sessions_api.callers.clients import Client
from sessions_api.conf import api_settings
from sessions_api.http.cookies.token_cookie import cookie_name
from sessions_api.models import UserSession
from sessions_api.passwords.marks import password_mark
from sessions_api.ratelimits.counters import counts_in_memory
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions

logger = logging.getLogger(__name__)

#: For how many seconds a repeated form belongs to the first one.
SECONDS = 10
#: With how many sendings of the form before it, and after it, one is compared.
MOST = 10
#: How many seconds a repeated answer waits for the session of the first one to begin, and how long
#: between two looks.
PATIENCE, PAUSE = 2.0, 0.05

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class PasswordSending:
    """One sending of a form with a password. Each is checked, and begins a session.

    :param form_id: identifies the form; "" if it has no id.
    :param arrived: when a thread began with it, in nanoseconds by this host's clock: the last one
        wins. One that waits for seconds at a busy process counts as late.
    """

    form_id: str
    arrived: int = field(default_factory=time.time_ns)

    @classmethod
    def of(cls, form: Mapping[str, object]) -> "PasswordSending":
        """Return the sending of a form that has just arrived."""
        return cls(form_id_of(form))

    def begun(self, session: UserSession, client: Client) -> None:
        """End the sessions of the other sendings, or this one if it is not the last."""
        if not self.form_id:
            return
        key = f"login_form:{self.form_id}:{session.user_id}"

        def exchange(cache: BaseCache) -> list[tuple[int, int]]:
            cache.add(key, 0, SECONDS)
            number = cache.incr(key)
            # Written before the others are read: of two that end at once, one sees the other.
            cache.set(f"{key}:{number}", (self.arrived, session.pk), SECONDS)
            near = range(max(1, number - MOST), number + MOST + 1)
            others = [f"{key}:{n}" for n in near if n != number]
            return list(cache.get_many(others).values())

        nothing: list[tuple[int, int]] = []
        others = _kept(exchange, nothing)
        is_last = all(arrived < self.arrived for arrived, _ in others)
        dropped = [pk for _, pk in others] if is_last else [session.pk]
        if not dropped:
            return
        try:
            end_sessions(
                UserSession.objects.filter(pk__in=dropped),
                actor=Actor(user=session.user, client=client),
                owner=session.user,
            )
        except DatabaseError:
            # The login has taken place. Its owner finds the others in the list of sessions.
            logger.exception("The session of a login that was sent twice was not ended")


@dataclass(frozen=True)
class AnswerSending:
    """One sending of the answer to a challenge, which is accepted once.

    :param key: identifies the challenge, the answer, and the browser by its cookies before the
        login, so that nobody else can repeat it.
    """

    key: str

    @classmethod
    def of(cls, request: HttpRequest, answer: Mapping[str, object]) -> "AnswerSending":
        """Return the sending of an answer.

        :param answer: what was posted, with the challenge's token.
        """
        names = (settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME, cookie_name())
        browser = [request.COOKIES.get(name) for name in names]
        given = repr([browser, [answer.get(name) for name in ("token", "code", "response")]])
        return cls(f"login_answer:{salted_hmac(__name__, given, algorithm='sha256').hexdigest()}")

    def begun(self, session: UserSession) -> None:
        """Keep the session for another sending."""
        kept = (session.pk, password_mark(session.user.password))
        _kept(lambda cache: cache.set(self.key, kept, SECONDS), None)

    def session(self) -> UserSession | None:
        """Return the session that the same answer has begun, whose challenge is spent.

        None if there is none within two seconds, if it has ended, or if its owner has another
        password since. Banned owners are refused before.
        """
        until = time.monotonic() + PATIENCE
        while (kept := _kept(lambda cache: cache.get(self.key), None)) is None:
            if counts_in_memory() or time.monotonic() > until:
                return None
            time.sleep(PAUSE)
        pk, mark = kept
        session = UserSession.objects.active().select_related("user").filter(pk=pk).first()
        return session if session and password_mark(session.user.password) == mark else None


def _kept(ask: Callable[[BaseCache], Kept], otherwise: Kept) -> Kept:
    """Ask the cache, unless it does not work. The rate limits log that, and look for it again."""
    if counts_in_memory():
        return otherwise
    try:
        return ask(caches[api_settings().RATELIMIT_CACHE])
    except Exception:
        return otherwise
