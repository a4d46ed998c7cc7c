"""A bounded mixed load: reads, logins, endings, API tokens, bans and flips."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sessions_api.scopes import Scope
from tests.faults.accounts import PASSWORD, STAFF, Accounts
from tests.faults.audit_log import recorded
from tests.faults.client import Client, Journal
from tests.faults.ledger import Fact, Ledger
from tests.outages.postgresql import PostgreSQL
from tests.processes.server import Address

#: Threads, and requests per second of each.
READERS, READS = 6, 15.0
#: Sessions end as often as they begin: endings wait for sessions.
LOGINS, ENDINGS, API_TOKENS, BANS, FLIPS = 2.0, 5.0, 1.0, 1.0, 1.0
#: Switches that stop no request of this load.
SWITCHES = (5, 6, 7)
#: Seconds in which requests end when no more are sent.
PAUSE = 2.0
SEEN = {200: "active", 401: "ended", 403: "banned"}


@dataclass
class Load:
    """Threads that send requests and keep the ledger.

    :param addresses: where the service listens; a sequence that may change.
    """

    addresses: Collection[Address]
    accounts: Accounts
    ledger: Ledger
    journal: Journal

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._numbers = itertools.count(1)
        self._staff = ""
        self._owners: dict[str, str] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Log in whom the load needs, and send requests within the block."""
        client = self._client()
        self._staff = _log_in(client, STAFF)
        self._owners = {name: _log_in(client, name) for name in self.accounts.ordinary[:10]}
        for name in self.accounts.bannable:
            token, what = _log_in(client, name), self.accounts.ids[name]
            fact = Fact("account", "active", token, "/users/me/sessions/me", what)
            self.ledger.states.append(fact)
        for number in SWITCHES:
            path = f"/killswitches#{number}"
            self.ledger.states.append(Fact("switch", "off", self._staff, path, str(number)))
        for name in self.accounts.ordinary[:30]:
            self._make_login(client, name)
        self.journal.take()
        threads = [threading.Thread(target=self._repeat, args=args) for args in self._tasks()]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
            client.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Send no requests within the block, which begins when those that were sent have ended."""
        self._going.clear()
        time.sleep(PAUSE)
        try:
            yield
        finally:
            self._going.set()

    def reckon(self, database: PostgreSQL) -> None:
        """Look at every fact that is known, and for every deed in the audit log; judge both."""
        client = self._client()
        for fact in self.ledger.facts():
            self._look(client, fact)
        client.close()
        self.ledger.audit(lambda: recorded(database))

    def _client(self) -> Client:
        return Client(self.addresses, self.journal, next(self._numbers))

    def _tasks(self) -> Iterator[tuple[Callable[[Client], None], float]]:
        yield from [(self._read, READS)] * READERS
        yield self._log_in, LOGINS
        yield self._end, ENDINGS
        yield self._make_api_token, API_TOKENS
        yield self._ban_or_lift, BANS
        yield self._flip, FLIPS

    def _repeat(self, task: Callable[[Client], None], rate: float) -> None:
        client = self._client()
        due = time.monotonic() + random.random() / rate  # noqa: S311
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._going.wait()
            task(client)
            # What was missed is not made up for.
            due = max(due + 1 / rate, time.monotonic())
        client.close()

    def _read(self, client: Client) -> None:
        self._look(client, self.ledger.pick())

    def _look(self, client: Client, fact: Fact) -> None:
        expectation = self.ledger.expectation(fact)
        path, _, switch = fact.path.partition("#")
        right = (200,) if switch else tuple(SEEN)
        answer = client.send("GET", path, right, token=fact.token)
        if answer is None or answer.status not in right:
            return
        seen = SEEN[answer.status]
        if switch:
            [state] = [one["state"] for one in answer.body["items"] if str(one["id"]) == switch]
            seen = "on" if state else "off"
        self.ledger.judge(fact, expectation, seen)

    def _log_in(self, client: Client) -> None:
        self._make_login(client, random.choice(self.accounts.ordinary))  # noqa: S311

    def _make_login(self, client: Client, name: str) -> None:
        answer = client.send("POST", "/login", (201,), {"username": name, "password": PASSWORD})
        if answer and answer.status == 201:
            self.ledger.add_session(answer.body["token"], "login")

    def _end(self, client: Client) -> None:
        if fact := self.ledger.claim():
            # 401: it was answered when a connection broke, and is no longer known.
            answer = client.send("DELETE", fact.path, (200, 401), token=fact.token)
            if answer and answer.status == 200:
                self.ledger.acknowledge(fact, "revocation", "ended")

    def _make_api_token(self, client: Client) -> None:
        owner = random.choice(list(self._owners.values()))  # noqa: S311
        scopes = int(Scope.SESSION_READ | Scope.SESSION_MODIFY)
        body = {"name": "a token", "permissionFlags": scopes, "password": PASSWORD}
        answer = client.send("POST", "/users/me/sessions", (201,), body, owner)
        if answer and answer.status == 201:
            self.ledger.add_session(answer.body["token"], "API token")

    def _ban_or_lift(self, client: Client) -> None:
        names = self.accounts.bannable
        index = random.randrange(len(names))  # noqa: S311
        fact = self.ledger.states[index]
        path = f"/users/{self.accounts.ids[names[index]]}/ban"
        if fact.kind == "ban":
            self._change(client, fact, ("DELETE", path, {}), ("lifted ban", "active"))
        else:
            self._change(client, fact, ("PUT", path, {"reason": "a fault"}), ("ban", "banned"))

    def _flip(self, client: Client) -> None:
        index = random.randrange(len(SWITCHES))  # noqa: S311
        fact = self.ledger.states[len(self.accounts.bannable) + index]
        path = f"/killswitches/{SWITCHES[index]}"
        if fact.kind == "switch on":
            self._change(client, fact, ("DELETE", path, {}), ("switch off", "off"))
        else:
            self._change(client, fact, ("PUT", path, {}), ("switch on", "on"))

    def _change(
        self,
        client: Client,
        fact: Fact,
        request: tuple[str, str, dict[str, str]],
        acknowledged: tuple[str, str],
    ) -> None:
        """Send a request of staff, and note what it has acknowledged.

        :param request: method, path and body.
        :param acknowledged: what was done, and what requests must see then.
        """
        self.ledger.begin(fact)
        method, path, body = request
        answer = client.send(method, path, (200,), body | {"password": PASSWORD}, self._staff)
        if answer and answer.status == 200:
            self.ledger.acknowledge(fact, *acknowledged)


def _log_in(client: Client, name: str) -> str:
    answer = client.send("POST", "/login", (201,), {"username": name, "password": PASSWORD})
    assert answer is not None
    assert answer.status == 201, answer
    token: str = answer.body["token"]
    return token
