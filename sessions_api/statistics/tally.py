"""Counts of requests, before they are kept and where a process keeps them for itself."""

from collections.abc import Collection
from dataclasses import dataclass

from sessions_api.accounts.kinds import AccountKey

MINUTE = 60
HOUR = 60 * MINUTE

#: Answers that are counted by the hour: too many requests, and closed or overloaded.
REFUSALS = frozenset({429, 503})

#: Who called what in which minute: the UNIX time in whole minutes, the endpoint, the primary key
#: of a user, and the network of a stranger. At most one of the latter two is not None.
Call = tuple[int, str, AccountKey | None, str | None]


@dataclass(frozen=True)
class Traffic:
    """What came in on some endpoints: how many requests, from how many distinct users, and from
    how many distinct networks of callers without a session."""

    requests: int
    users: int
    strangers: int


class Tally:
    """Counts that stay bounded. It is for one thread at a time.

    :param most_calls: how many kinds of calls are told apart; beyond it requests still count, but
        their callers are forgotten. There are as many more kinds as endpoints, which the code
        bounds.
    """

    def __init__(self, most_calls: int) -> None:
        self.calls: dict[Call, int] = {}
        #: How often which status was answered in which hour of UNIX time.
        self.refusals: dict[tuple[int, int], int] = {}
        self._most_calls = most_calls

    def __bool__(self) -> bool:
        return bool(self.calls)

    def add_call(self, call: Call, times: int = 1) -> None:
        if call not in self.calls and len(self.calls) >= self._most_calls:
            call = (call[0], call[1], None, None)
        self.calls[call] = self.calls.get(call, 0) + times

    def add_refusals(self, hour: int, status: int, times: int = 1) -> None:
        self.refusals[hour, status] = self.refusals.get((hour, status), 0) + times

    def forget(self, *, minutes_before: int, hours_before: int) -> None:
        """Let go of what is older than a minute and an hour of UNIX time."""
        self.calls = {call: n for call, n in self.calls.items() if call[0] >= minutes_before}
        self.refusals = {key: n for key, n in self.refusals.items() if key[0] >= hours_before}

    def traffic(self, endpoints: Collection[str], minutes: Collection[int]) -> Traffic:
        calls = {
            call: times
            for call, times in self.calls.items()
            if call[0] in minutes and call[1] in endpoints
        }
        return Traffic(
            requests=sum(calls.values()),
            users=len({user for _, _, user, _ in calls if user is not None}),
            strangers=len({network for *_, network in calls if network is not None}),
        )
