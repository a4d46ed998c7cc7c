"""Traffic statistics, shown to staff on the overview and on the page of the kill switches.

Requests and their distinct callers are counted by endpoint and minute, for 20 minutes; refusals
(status 429 and 503) by the hour, for 15 days; those by kill switches by switch and minute, for two
days. The numbers are informative only. They are stored in
the cache that ``RATELIMIT_CACHE`` names if that is Redis, otherwise in the memory of each process,
and are lost with it. Endpoints are named as by the gate: ``module.Class.action``.
"""

import atexit
import os
from collections.abc import Collection, Mapping

from sessions_api.accounts.kinds import AccountKey
from sessions_api.statistics.recorder import Recorder
from sessions_api.statistics.stores import KEPT_CLOSED_HOURS, KEPT_MINUTES
from sessions_api.statistics.tally import HOUR, MINUTE, Traffic

__all__ = [
    "HOUR",
    "KEPT_CLOSED_HOURS",
    "KEPT_MINUTES",
    "MINUTE",
    "Traffic",
    "closed",
    "flush",
    "record",
    "refusals",
    "traffic",
    "traffic_in",
]

_recorder = Recorder()


def record(
    endpoint: str,
    status: int,
    *,
    user: AccountKey | None = None,
    network: str | None = None,
    closed_by: int | None = None,
) -> None:
    """Count one request. Never fails, and takes a few microseconds.

    :param status: the HTTP status of the response.
    :param user: the primary key of the user, for a request with a session.
    :param network: the :func:`~sessions_api.callers.clients.network_of` the client, for a request
        without one.
    :param closed_by: the number of the kill switch that has refused it.
    """
    _recorder.record(endpoint, status, user, network, closed_by)


def flush() -> None:
    """Write the counts of this process to the store.

    Never fails, but counts that the cache does not accept are lost. Called every few seconds by a
    background thread, and at exit.
    """
    _recorder.flush()


def traffic(endpoints: Collection[str], *, minutes: int) -> Traffic:
    """Return the traffic of some endpoints, in total.

    :param endpoints: their names.
    :param minutes: the number of minutes, including the current one; at most 20.
    :raises Exception: whatever the cache raises when it is down.
    """
    return _recorder.traffic(endpoints, minutes)


def traffic_in(endpoints: Collection[str], minutes: range) -> Traffic:
    """Return the same of certain minutes.

    :param minutes: UNIX times in whole minutes, within the last ``KEPT_MINUTES``.
    """
    return _recorder.traffic_in(endpoints, minutes)


def closed(switch: int, minutes: range) -> int:
    """Return how many requests a kill switch has refused.

    :param switch: its number.
    :param minutes: UNIX times in whole minutes, within the last ``KEPT_CLOSED_HOURS``.
    :raises Exception: whatever the cache raises when it is down.
    """
    return _recorder.closed(switch, minutes)


def refusals(hours: Collection[int]) -> Mapping[tuple[int, int], int]:
    """Return the number of refusals.

    :param hours: UNIX times in whole hours, within the last 15 days.
    :returns: the numbers by hour and status (429 or 503), without zeros.
    :raises Exception: whatever the cache raises when it is down.
    """
    return _recorder.refusals(hours)


atexit.register(flush)
if hasattr(os, "register_at_fork"):  # missing on Windows, which cannot fork
    os.register_at_fork(after_in_child=lambda: _recorder.reset())
