"""What ending sessions leaves behind: whose they were, and their ids."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, overload

from sessions_api.accounts.kinds import AccountKey

#: How many sessions of one owner an audit event names at most: some 12 KB.
MOST_IN_EVENT = 1000


class EndedSession(NamedTuple):
    """A session that was ended: its owner's primary key, and its id."""

    #: Any, for a lookup of the host's takes the keys of its own model alone.
    user_id: Any
    sid: int


class EndedSessions(Sequence[EndedSession]):
    """The sessions that one call ended.

    Kept by owner and made into pairs when somebody looks: they come by the ten thousand, and most
    callers want no more than their number.

    :param sids_by_owner: the ids of the sessions, by their owner's primary key; none is empty.
    """

    def __init__(self, sids_by_owner: Mapping[AccountKey, Sequence[int]]) -> None:
        self.sids_by_owner = sids_by_owner

    def parts(self) -> Iterator[tuple[AccountKey, Sequence[int]]]:
        """An owner and ids of theirs, newest first: no more than one audit event is to hold."""
        for owner_id, sids in self.sids_by_owner.items():
            newest_first = sorted(sids, reverse=True)
            for start in range(0, len(sids), MOST_IN_EVENT):
                yield owner_id, newest_first[start : start + MOST_IN_EVENT]

    def __len__(self) -> int:
        return sum(map(len, self.sids_by_owner.values()))

    def __iter__(self) -> Iterator[EndedSession]:
        for owner_id, sids in self.sids_by_owner.items():
            for sid in sids:
                yield EndedSession(owner_id, sid)

    @overload
    def __getitem__(self, index: int) -> EndedSession: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[EndedSession]: ...
    def __getitem__(self, index: int | slice) -> EndedSession | Sequence[EndedSession]:
        return tuple(self)[index]
