"""The port for work that is done later: how long it has been waiting.

Plug-ins register theirs. Metrics and alerts tell when nobody does it any more.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from sessions_api.models import BulkSignOut, UserSession

#: Returns the time since which the oldest piece of work is waiting; None if there is none. Takes
#: one query, which must be quick on a large table.
Source = Callable[[], datetime | None]

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Register a kind of work. Call this from the ``ready()`` method of the app's configuration.

    :param name: what it is, such as ``notices``. Metrics have it as a label.
    """
    _sources[name] = source


def kinds_of_work() -> Mapping[str, Source]:
    """Return the sources by name."""
    return _sources


def oldest_bulk_sign_out() -> datetime | None:
    """Return when the oldest bulk sign-out began that has not finished."""
    unfinished = BulkSignOut.objects.filter(finished_at=None).order_by("confirmed_at")
    return unfinished.values_list("confirmed_at", flat=True).first()


def oldest_expired_session() -> datetime | None:
    """Return when the session expired that has been waiting longest to be pruned."""
    expired = UserSession.objects.expired().order_by("expires_at")
    return expired.values_list("expires_at", flat=True).first()


register("bulk_sign_outs", oldest_bulk_sign_out)
register("pruning", oldest_expired_session)
