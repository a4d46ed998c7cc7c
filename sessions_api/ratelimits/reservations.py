"""How often one may call: exact limits in fixed windows, charged before the work.

A request is charged on arrival and let in if the count, its own charge included, stays within the
limit. What was not let in, and what turns out to be free, is given back afterwards. Every charge
raises the count before it is judged and is given back at most once, so the count is never below
the number of requests let in and not refunded: a request that is just being refused can at worst
get another one refused, never let in.
"""

import hashlib
import math
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sessions_api.conf import api_settings
from sessions_api.ratelimits.counters import Tally, charge
from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.windows import Counter, Window

#: More than any counter shows.
UNLIMITED = 2**31


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
        charges = [
            _Charge(quota, Window(counter, counter.last_second(tally.now)))
            for quota, counter in zip(quotas, counters, strict=True)
        ]
        #: Each with the count that it led to; the refused one, if any, is the last.
        self._counts = dict(zip(charges, tally.counts, strict=False))
        self._outstanding = set(self._counts)
        self._shown: _Charge | None = None
        self.refused = None
        for charged, count in self._counts.items():
            if count > charged.window.counter.limit:
                self._shown, self.refused = charged, charged.quota
                self._outstanding.clear()
            elif charged.quota.reason == "standard":
                self._shown = charged
        self._give_back = tally.refund
        #: By the clock of the windows, and by the one of this host.
        self._now, self._began = tally.now, began
        self._lock = threading.Lock()

    def refund(self, *buckets: str) -> None:
        """Give back the charges of ``buckets``, or all of them if none is named.

        Each is given back at most once, into the window and the store in which it was made; one
        whose window has ended, or that was never made, is left alone. Never fails: a charge that
        cannot be given back stays.
        """
        with self._lock:
            due = {
                charge
                for charge in self._outstanding
                if not buckets or charge.quota.bucket in buckets
            }
            self._outstanding -= due
        now = self._now + time.time() - self._began
        if running := [charge.window for charge in due if now < charge.window_end]:
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
        limit = self._shown.window.counter.limit
        skipped = self._shown not in self._outstanding
        counted = self._counts[self._shown] - skipped
        reset = str(math.ceil(self._shown.window_end - self._now))
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


@dataclass(eq=False, slots=True)
class _Charge:
    """One charge of one quota. Charges are told apart by identity, because a sequence of quotas
    may hold the same one twice."""

    quota: Quota
    window: Window

    @property
    def window_end(self) -> int:
        """UNIX seconds."""
        return self.window.last_second + 1


def counter_of(quota: Quota) -> Counter:
    """What ``quota`` is counted by. Clients do not all begin their windows at once."""
    identity = quota.identity.encode(errors="backslashreplace")
    rate = quota.rate
    # The identity comes last, for nobody knows what is in it. As a digest it fits any cache.
    name = f"{quota.bucket!r} {rate.limit}/{rate.period} ".encode() + identity
    # With one hash tag, a Redis Cluster keeps all that one call charges in one place.
    key = f"{{rl}}:{hashlib.blake2b(name, digest_size=32).hexdigest()}"
    limit = rate.limit if quota.enforced else UNLIMITED
    return Counter(key, limit, rate.period, zlib.crc32(identity))
