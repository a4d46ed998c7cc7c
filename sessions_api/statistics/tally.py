"""Counts of requests in memory."""

from collections.abc import Collection
from dataclasses import dataclass

from sessions_api.accounts.kinds import AccountKey

MINUTE = 60
HOUR = 60 * MINUTE

#: Statuses that are counted by the hour: rate limited; closed by a kill switch, or overloaded.
REFUSALS = frozenset({429, 503})

#: A kind of call: UNIX time in whole minutes, endpoint, primary key of the user, and network of a
#: client without a session. At most one of the last two is set.
Call = tuple[int, str, AccountKey | None, str | None]


@dataclass(frozen=True)
class Traffic:
    """The traffic of some endpoints.

    :param requests: the number of requests.
    :param users: the number of distinct users.
    :param anonymous: the number of distinct networks of clients without a session.
    """

    requests: int
    users: int
    anonymous: int


class Tally:
    """Counts of bounded size. Not thread-safe.

    :param most_calls: how many kinds of calls are distinguished. Beyond that, requests are counted
        without their callers, which adds at most one kind per endpoint and minute.
    """

    def __init__(self, most_calls: int) -> None:
        self.calls: dict[Call, int] = {}
        #: The number of refusals by hour (UNIX time in whole hours) and status.
        self.refusals: dict[tuple[int, int], int] = {}
        #: The number of requests that a kill switch has refused, by minute (UNIX time in whole
        #: minutes) and the switch's number.
        self.closed: dict[tuple[int, int], int] = {}
        self._most_calls = most_calls

    def __bool__(self) -> bool:
        return bool(self.calls)

    def add_call(self, call: Call, times: int = 1) -> None:
        if call not in self.calls and len(self.calls) >= self._most_calls:
            call = (call[0], call[1], None, None)
        self.calls[call] = self.calls.get(call, 0) + times

    def add_refusals(self, hour: int, status: int, times: int = 1) -> None:
        self.refusals[hour, status] = self.refusals.get((hour, status), 0) + times

    def add_closed(self, minute: int, switch: int, times: int = 1) -> None:
        self.closed[minute, switch] = self.closed.get((minute, switch), 0) + times

    def forget(self, *, minutes_before: int, hours_before: int, closed_before: int) -> None:
        """Remove counts before a minute and before an hour (UNIX time in whole ones).

        :param closed_before: the minute before which refusals by kill switches are removed.
        """
        self.closed = {key: n for key, n in self.closed.items() if key[0] >= closed_before}
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
            anonymous=len({network for *_, network in calls if network is not None}),
        )
