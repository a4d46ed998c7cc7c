"""Forms that take effect once, however often they are sent.

Browsers without JavaScript send a form twice for a double click, and again when a page is reloaded.
So each form has a random id, which is spent with the first request that brings it, unless the form
is refused. Ids are spent in the cache of the rate limits. While that is away, each process
remembers those that it has seen.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sessions_api.ratelimits.counters import charge
from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.reservations import Quota, counter_of
from sessions_api.ratelimits.windows import Window

#: The name of the hidden field.
FORM_ID = "form_id"

#: An id can be spent once a day, in each of two windows. When one of them ends, the other one goes
#: on for half a day, so an id is spent for at least as long.
_ONCE = Rate(limit=1, period=86_400)
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def new_form_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_urlsafe(16)


def form_id_of(form: Mapping[str, object]) -> str:
    """Return the id of a form that was posted; "" if it has none."""
    form_id = str(form.get(FORM_ID, ""))
    return form_id if _ID.fullmatch(form_id) else ""


@dataclass(frozen=True)
class Sending:
    """A form that was sent.

    :param is_first: whether nobody has sent it before.
    :param take_back: lets it be sent again, because it had no effect.
    """

    is_first: bool
    take_back: Callable[[], None]


def spend(form: Mapping[str, object], owner: object, now: float | None = None) -> Sending:
    """Spend the id of a form.

    A form without an id, as of a script, may be sent any number of times.

    :param form: what was posted.
    :param owner: the primary key of the user.
    :param now: UNIX time by this host's clock; by default the present.
    """
    form_id = form_id_of(form)
    if not form_id:
        return Sending(True, lambda: None)
    one = counter_of(Quota("form", f"{owner}/{form_id}", _ONCE))
    half = _ONCE.period // 2
    counters = [one, one._replace(key=f"{one.key}+{half}", phase=one.phase + half)]
    tally = charge(counters, time.time() if now is None else now)
    windows = [Window(counter, counter.last_second(tally.now)) for counter in counters]
    return Sending(tally.counts[-1] <= _ONCE.limit, lambda: tally.refund(windows))
