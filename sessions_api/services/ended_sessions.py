"""The result of ending sessions: their ids by owner."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, overload

from sessions_api.accounts.kinds import AccountKey
from sessions_api.models import EndCause

__all__ = ["EndCause", "EndedSession", "EndedSessions"]

#: The maximum number of session ids in an audit event: about 12 KB.
MOST_IN_EVENT = 1000


class EndedSession(NamedTuple):
    """A session that was ended.

    :param user_id: its owner's primary key.
    :param sid: its id.
    """

    #: Any, because a host's lookups accept only keys of its own user model.
    user_id: Any
    sid: int


class EndedSessions(Sequence[EndedSession]):
    """A sequence of the sessions that one call ended.

    Pairs are created on access only: there may be tens of thousands, and most callers just need
    their number.

    :param sids_by_owner: the session ids by the owner's primary key, without empty entries.
    """

    def __init__(self, sids_by_owner: Mapping[AccountKey, Sequence[int]]) -> None:
        self.sids_by_owner = sids_by_owner

    def parts(self) -> Iterator[tuple[AccountKey, Sequence[int]]]:
        """Yield owners' keys with their session ids, newest first, split to fit an audit event."""
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
