"""Reservations: exact rate limits in fixed windows, charged before the work.

A request is charged on arrival, and admitted if the count with its own charge stays within the
limit. Charges of refused requests, and of outcomes that do not count, are refunded afterwards.
Each charge is counted before it is compared with the limit, and is refunded at most once. So the
count is never lower than the number of requests that were admitted and not refunded: a request that
is being refused may at worst cause another one to be refused, but never to be admitted.
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
from sessions_api.ratelimits import counters as stores
from sessions_api.ratelimits.counters import Tally, charge
from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.windows import Counter, Window

#: More than any counter reaches.
UNLIMITED = 2**31

#: How many counters a process caches. One takes half a kilobyte.
MAX_CACHED_COUNTERS = 10_000


class Quota(NamedTuple):
    """A limit on what a client may do. Quotas of equal bucket, identity and rate share a count.

    :param bucket: what is limited.
    :param identity: who is limited: a user id, or the
        :func:`~sessions_api.callers.clients.network_of` an address.
    :param rate: how often.
    :param reason: the value of ``RateLimit-Reason`` on refusal.
    :param enforced: if False, requests are counted but not refused.
    """

    bucket: str
    identity: str
    rate: Rate
    reason: Literal["standard", "burst"] = "standard"
    enforced: bool = True


class Reservation:
    """The charges that :func:`reserve` has made for a request.

    ``refused`` is the quota that is used up; None if the request is admitted.
    """

    refused: Quota | None

    def __init__(
        self, quotas: Sequence[Quota], counters: Sequence[Counter], tally: Tally, began: float
    ) -> None:
        self._quotas, self._counters, self._counts = quotas, counters, tally.counts
        self._give_back = tally.refund
        #: The time of the charge, by the clock of the windows and by this host's.
        self._now, self._began = tally.now, began
        self._lock = threading.Lock()
        #: The positions of the charges that have not been refunded.
        self._outstanding = set(range(len(tally.counts)))
        #: The position of the charge that the headers show.
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
        """Refund the charges of ``buckets``, or all of them if none is named.

        Each is refunded at most once, to the window and the store in which it was made. A charge
        whose window has ended, or that was never made, is skipped. Never fails: a charge that
        cannot be refunded remains.
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
        """Return the response's headers, for the refused quota or else the last standard one.

        These are ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (whole seconds from the
        reservation to the end of the window, rounded up); ``RateLimit-Skipped: true`` if the charge
        was refunded; on refusal also ``RateLimit-Reason`` and ``Retry-After`` (seconds, at least
        1). Empty if no such quota was charged.
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
        """Return the last second of the window in which a charge was made, as UNIX time."""
        return self._counters[position].last_second(self._now)


def reserve(quotas: Sequence[Quota]) -> Reservation:
    """Charge the quotas in order, before the work is done.

    The first quota that is used up refuses the request: it and those before it are refunded, those
    after it are not charged. With ``RATELIMIT_ENABLE`` off, nothing is counted or refused. Never
    fails, even if the cache does: see :mod:`sessions_api.ratelimits.counters`.
    """
    now = time.time()
    if not api_settings().RATELIMIT_ENABLE:
        quotas = ()
    counters = [counter_of(quota) for quota in quotas]
    return Reservation(quotas, counters, charge(counters, now), now)


def reset(quotas: Sequence[Quota]) -> bool:
    """Forget what has been charged to quotas in their present windows.

    A charge of a request that is still running is forgotten, too. If it is refunded later, one
    request more may be admitted.

    :returns: as :func:`~sessions_api.ratelimits.counters.reset`.
    """
    return stores.reset([counter_of(quota) for quota in quotas], time.time())


@functools.lru_cache(MAX_CACHED_COUNTERS)
def counter_of(quota: Quota) -> Counter:
    """Return the counter of a quota.

    Each identity has its own phase, so that windows do not all begin at once. Cached, because
    clients usually come back.
    """
    identity = quota.identity.encode(errors="backslashreplace")
    rate = quota.rate
    # The identity may contain anything, so it comes last. Hashed, the key is valid in any cache.
    name = f"{quota.bucket!r} {rate.limit}/{rate.period} ".encode() + identity
    # The hash tag puts all keys of a request into one slot of a Redis Cluster.
    key = f"{{rate}}:{hashlib.blake2b(name, digest_size=32).hexdigest()}"
    limit = rate.limit if quota.enforced else UNLIMITED
    return Counter(key, limit, rate.period, zlib.crc32(identity))
