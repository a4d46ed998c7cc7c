"""How busy the endpoints are: what the kill switches' page and the overview tell staff.

Counted are requests and their distinct callers by endpoint and minute, for 20 minutes, and answers
that refused (429 and 503) by the hour, for 15 days. The numbers are for looking at: they are kept
in the cache that ``RATELIMIT_CACHE`` names, by every process for itself where that is not Redis,
and are lost with it. An endpoint's name is that of the gate, ``module.Class.action``.
"""

import atexit
import os
from collections.abc import Collection, Mapping

from sessions_api.accounts.kinds import AccountKey
from sessions_api.statistics.recorder import Recorder
from sessions_api.statistics.tally import HOUR, MINUTE, Traffic

__all__ = ["HOUR", "MINUTE", "Traffic", "flush", "record", "refusals", "traffic"]

_recorder = Recorder()


def record(
    endpoint: str, status: int, *, user: AccountKey | None = None, network: str | None = None
) -> None:
    """Count one request; it never fails, and costs some microseconds.

    :param status: of the answer.
    :param user: the primary key of a caller with a session.
    :param network: where a caller without one is, as
        :func:`~sessions_api.callers.clients.network_of` has it.
    """
    _recorder.record(endpoint, status, user, network)


def flush() -> None:
    """Hand on what this process has counted; it never fails, but what the cache does not take is
    lost. This happens every few seconds by itself, and at exit."""
    _recorder.flush()


def traffic(endpoints: Collection[str], *, minutes: int) -> Traffic:
    """What came in on some endpoints.

    :param endpoints: their names.
    :param minutes: how far back, in whole minutes of which the running one is the last; at most 20.
    :raises Exception: what the cache raises when it is down.
    """
    return _recorder.traffic(endpoints, minutes)


def refusals(hours: Collection[int]) -> Mapping[tuple[int, int], int]:
    """How many answers refused.

    :param hours: UNIX times in whole hours, of the last 15 days.
    :returns: the numbers by hour and status (429 or 503); without those that are 0.
    :raises Exception: what the cache raises when it is down.
    """
    return _recorder.refusals(hours)


atexit.register(flush)
if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=lambda: _recorder.reset())
