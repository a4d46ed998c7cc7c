"""What ending sessions leaves behind: whose they were, and their ids."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, overload


class EndedSession(NamedTuple):
    """A session that was ended: its owner's primary key, and its id."""

    user_id: Any
    sid: int


class EndedSessions(Sequence[EndedSession]):
    """The sessions that one call ended.

    Kept by owner and made into pairs when somebody looks: they come by the ten thousand, and most
    callers want no more than their number.

    :param sids_by_owner: the ids of the sessions, by their owner's primary key; none is empty.
    """

    def __init__(self, sids_by_owner: Mapping[Any, Sequence[int]]) -> None:
        self.sids_by_owner = sids_by_owner

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
