"""The ledger of what the service has acknowledged, and the judgement of what it shows later."""

import base64
import json
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

#: How many facts of a kind are checked again after a fault, the newest first.
RECENT = 400
#: How many sessions stay active.
MIN_ACTIVE = 40


class Deed(NamedTuple):
    """Something that the service has done and acknowledged, and must have recorded.

    :param what: a session, account or switch.
    """

    kind: str
    what: str


@dataclass(eq=False)
class Fact:
    """Something that the service has acknowledged, and that requests can see.

    :param kind: what was done last, for people.
    :param known: what requests must see, such as ``active`` or ``ended``. None while a change is
        under way, and for good if its outcome is not known: a request that failed may have been
        carried out.
    :param token: the token that shows it.
    :param path: the path that shows it.
    :param what: the session, account or switch.
    :param since: when it was acknowledged, on the clock of the machine.
    """

    kind: str
    known: str | None
    token: str
    path: str
    what: str
    since: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Violation:
    """A fact that a request has contradicted.

    :param since: when the fact was acknowledged.
    :param at: when it was contradicted.
    """

    kind: str
    known: str
    seen: str
    since: float
    at: float

    def __str__(self) -> str:
        return (
            f"{self.kind}: acknowledged as {self.known} at {self.since:.3f}, "
            f"{self.seen} at {self.at:.3f}"
        )


def session_of(token: str) -> str:
    """Return whose session a token is for, and its id, without verifying it (RFC 7519)."""
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return f"{claims['sub']}/{claims['iat']}"


class Ledger:
    """All facts, and the violations that were seen. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: Sessions and API tokens.
        self.sessions: deque[Fact] = deque(maxlen=RECENT)
        #: Bans of accounts and states of kill switches. There are few of them.
        self.states: list[Fact] = []
        self._deeds: Counter[Deed] = Counter()
        self._violations: list[Violation] = []

    def begin(self, fact: Fact) -> None:
        """Note that a change of the fact is under way."""
        with self._lock:
            fact.known = None

    def acknowledge(self, fact: Fact, kind: str, known: str) -> None:
        """Note that the service has acknowledged a change, or the fact itself."""
        with self._lock:
            fact.kind, fact.known, fact.since = kind, known, time.time()
            self._deeds[Deed(kind, fact.what)] += 1

    def add_session(self, token: str, kind: str) -> None:
        """Add an acknowledged session, which requests see as active."""
        fact = Fact(kind, None, token, "/users/me/sessions/me", session_of(token))
        self.acknowledge(fact, kind, "active")
        with self._lock:
            self.sessions.append(fact)

    def pick(self) -> Fact:
        """Return an active session or one that is not, each half of the time; or another fact."""
        with self._lock:
            active = [fact for fact in self.sessions if fact.known == "active"]
            others = [fact for fact in self.sessions if fact.known != "active"]
        return random.choice(random.choice([active, active, others, others, self.states]) or active)  # noqa: S311

    def claim(self) -> Fact | None:
        """Return the oldest active session and begin a change of it; None if few are active, so
        that some remain for requests."""
        with self._lock:
            active = [fact for fact in self.sessions if fact.known == "active"]
            if len(active) < MIN_ACTIVE:
                return None
            active[0].known = None
            return active[0]

    def expectation(self, fact: Fact) -> tuple[str | None, float]:
        """Return what a request that is about to be sent must see."""
        with self._lock:
            return fact.known, fact.since

    def judge(self, fact: Fact, expectation: tuple[str | None, float], seen: str) -> None:
        """Compare what a request has seen with what was expected when it was sent.

        What has changed in the meantime is not judged. A violation is noted once.
        """
        known, since = expectation
        with self._lock:
            is_unchanged = (fact.known, fact.since) == expectation
            if known is not None and is_unchanged and seen != known:
                self._violations.append(Violation(fact.kind, known, seen, since, time.time()))
                fact.known = None

    def facts(self) -> list[Fact]:
        """Return the facts whose state is known."""
        with self._lock:
            every: Iterable[Fact] = (*self.sessions, *self.states)
            return [fact for fact in every if fact.known is not None]

    def audit(self, recorded: Callable[[], Counter[Deed]]) -> None:
        """Note as violations what was acknowledged and is not in the audit log, once each.

        :param recorded: returns what is there. It may be more: a request that failed may have been
            carried out.
        """
        with self._lock:
            acknowledged = self._deeds.copy()
        missing = acknowledged - recorded()
        now = time.time()
        with self._lock:
            self._deeds -= missing
            for deed in missing.elements():
                kind = f"{deed.kind} of {deed.what}"
                self._violations.append(
                    Violation(kind, "recorded", "not in the audit log", now, now)
                )

    def take_violations(self) -> list[Violation]:
        """Return the violations since the last call."""
        with self._lock:
            taken, self._violations = self._violations, []
            return taken
