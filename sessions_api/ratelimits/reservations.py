"""How often one may call: exact limits in fixed windows, charged before the work.

A request is charged on arrival and let in if the count, its own charge included, stays within the
limit. What was not let in, and what turns out to be free, is given back afterwards. Every charge
raises the count before it is judged and is given back at most once, so the count is never below
the number of requests let in and not refunded: a request that is just being refused can at worst
get another one refused, never let in.
"""

import functools
import hashlib
import math
import threading
import time
import zlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sessions_api.conf import api_settings
from sessions_api.ratelimits.counters import Tally, charge
from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.windows import Counter, Window

#: More than any counter shows.
UNLIMITED = 2**31

#: How many counters a process remembers. One takes half a kilobyte.
REMEMBERED_COUNTERS = 10_000


class Quota(NamedTuple):
    """What one client may do of one thing: ``identity`` says who (a user id, or the
    :func:`~sessions_api.callers.clients.network_of` an address), ``bucket`` what, ``rate`` how
    often. Quotas that agree in these three share one count. One that is not ``enforced`` is
    counted, but refuses nothing."""

    bucket: str
    identity: str
    rate: Rate
    reason: Literal["standard", "burst"] = "standard"
    enforced: bool = True


class Reservation:
    """What :func:`reserve` has charged.

    ``refused`` is the quota that was used up, None if the request may go on.
    """

    refused: Quota | None

    def __init__(
        self, quotas: Sequence[Quota], counters: Sequence[Counter], tally: Tally, began: float
    ) -> None:
        self._quotas, self._counters, self._counts = quotas, counters, tally.counts
        self._give_back = tally.refund
        #: By the clock of the windows, and by the one of this host.
        self._now, self._began = tally.now, began
        self._lock = threading.Lock()
        #: The positions of the charges that have not been given back.
        self._outstanding = set(range(len(tally.counts)))
        #: The position of the one that the headers show.
        self._shown: int | None = None
        self.refused = None
        for position in self._outstanding:
            if quotas[position].reason == "standard":
                self._shown = position
        last = len(tally.counts) - 1
        if tally.counts and tally.counts[last] > counters[last].limit:
            self._shown, self.refused = last, quotas[last]
            self._outstanding = set()

    def refund(self, *buckets: str) -> None:
        """Give back the charges of ``buckets``, or all of them if none is named.

        Each is given back at most once, into the window and the store in which it was made; one
        whose window has ended, or that was never made, is left alone. Never fails: a charge that
        cannot be given back stays.
        """
        with self._lock:
            due = {
                position
                for position in self._outstanding
                if not buckets or self._quotas[position].bucket in buckets
            }
            self._outstanding -= due
        now = self._now + time.time() - self._began
        windows = [
            Window(self._counters[position], self._last_second(position)) for position in due
        ]
        if running := [window for window in windows if now < window.last_second + 1]:
            self._give_back(running)

    def headers(self) -> dict[str, str]:
        """The response's headers: those of the refused quota, or else of the last standard one.

        ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (whole seconds from the reservation to
        the end of the window, rounded up); ``RateLimit-Skipped: true`` if that charge was given
        back; on refusal also ``RateLimit-Reason`` and ``Retry-After`` (seconds, at least 1).
        Empty where no such quota was charged.
        """
        if self._shown is None:
            return {}
        limit = self._counters[self._shown].limit
        skipped = self._shown not in self._outstanding
        counted = self._counts[self._shown] - skipped
        reset = str(math.ceil(self._last_second(self._shown) + 1 - self._now))
        headers = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(0, limit - counted)),
            "RateLimit-Reset": reset,
        }
        if skipped:
            headers["RateLimit-Skipped"] = "true"
        if self.refused:
            headers |= {"RateLimit-Reason": self.refused.reason, "Retry-After": reset}
        return headers

    def _last_second(self, position: int) -> int:
        """Of the window in which a charge was made."""
        return self._counters[position].last_second(self._now)


def reserve(quotas: Sequence[Quota]) -> Reservation:
    """Charge each quota in turn, before the work is done.

    The first one that is used up refuses the request; it and those before it are then given back,
    those after it are never charged. With ``RATELIMIT_ENABLE`` off nothing is counted and nothing
    refused. Does not fail when the cache does: see :mod:`sessions_api.ratelimits.counters`.
    """
    now = time.time()
    if not api_settings().RATELIMIT_ENABLE:
        quotas = ()
    counters = [counter_of(quota) for quota in quotas]
    return Reservation(quotas, counters, charge(counters, now), now)


@functools.lru_cache(REMEMBERED_COUNTERS)
def counter_of(quota: Quota) -> Counter:
    """What ``quota`` is counted by. Clients do not all begin their windows at once.

    It is remembered, for a caller who has called will call again.
    """
    identity = quota.identity.encode(errors="backslashreplace")
    rate = quota.rate
    # The identity comes last, for nobody knows what is in it. As a digest it fits any cache.
    name = f"{quota.bucket!r} {rate.limit}/{rate.period} ".encode() + identity
    # With one hash tag, a Redis Cluster keeps all that one call charges in one place.
    key = f"{{rate}}:{hashlib.blake2b(name, digest_size=32).hexdigest()}"
    limit = rate.limit if quota.enforced else UNLIMITED
    return Counter(key, limit, rate.period, zlib.crc32(identity))
