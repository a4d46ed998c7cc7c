"""The numbers of the overview, from a few queries on indexes, cached for a minute."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypedDict, TypeVar

from django.core.cache import cache
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, Count, Func, IntegerField, Sum, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce, TruncHour
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from sessions_api import statistics
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.session_counts import count_active_sessions

Kind = AuditEvent.Kind

Result = TypeVar("Result")

#: How long numbers are cached, in seconds.
CACHE_SECONDS = 60
#: How many hours are read: 14 days and the current one.
HOURS = 15 * 24
#: How long after its end an hour is final: events become visible when their transactions commit,
#: and clocks differ.
SETTLING = timedelta(minutes=10)

#: How many of the newest sessions are sampled for common devices, and how many are listed.
SAMPLE = 5000
NAMED = 6
NEW_LOCATIONS = 10

#: The prefix of cache keys. Its number changes with the format of the values.
PREFIX = "sessions_api.overview.1."

#: Numbers by hour, in hours since the UNIX epoch; hours without any may be missing.
Hours = dict[int, int]

#: Values by their names in :data:`NUMBERS`.
Numbers: TypeAlias = dict[str, Any]


class Devices(TypedDict):
    """The most common browsers and operating systems of the newest sessions.

    :ivar sample: the number of these sessions.
    :ivar browser: values with their numbers, the most common first.
    :ivar os: the same for operating systems.
    """

    sample: int
    browser: list[tuple[str, int]]
    os: list[tuple[str, int]]


class ArrayLength(Func):
    """The length of an array in a JSON column."""

    function = "JSONB_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        return self.as_sql(compiler, connection, function="JSON_ARRAY_LENGTH", **context)


class NumberCache:
    """The default cache, which is not used again after an error."""

    def __init__(self) -> None:
        self._works = True

    def get_many(self, names: Collection[str]) -> Numbers:
        found = self._try(cache.get_many, [PREFIX + name for name in names]) or {}
        return {key.removeprefix(PREFIX): value for key, value in found.items()}

    def set_many(self, values: Numbers, seconds: int) -> None:
        kept = {PREFIX + name: value for name, value in values.items()}
        self._try(cache.set_many, kept, seconds)

    def _try(self, act: Callable[..., Result], *arguments: object) -> Result | None:
        if not self._works:
            return None
        try:
            return act(*arguments)
        except Exception:
            self._works = False
            return None


def read_numbers(names: Collection[str]) -> Numbers:
    """Return the numbers of these names, at most a minute old; see :data:`NUMBERS`."""
    numbers = NumberCache()
    kept = numbers.get_many(names)
    fresh = {name: NUMBERS[name](numbers) for name in names if name not in kept}
    if fresh:
        numbers.set_many(fresh, CACHE_SECONDS)
    return kept | fresh


def active_sessions(numbers: NumberCache) -> tuple[str, int]:
    """Return the number of active sessions, with a qualifier.

    :returns: the qualifier is ``about``, ``more than``, or empty if the number is exact.
    """
    accuracy, number = count_active_sessions()
    return accuracy.value, number


def newest_devices(numbers: NumberCache) -> Devices:
    """Count the browsers and operating systems of the newest sessions."""
    newest = UserSession.objects.order_by("-pk").values_list("browser", "os")[:SAMPLE]
    rows = list(newest)
    browsers, systems = zip(*rows, strict=True) if rows else ((), ())
    return {
        "sample": len(rows),
        "browser": Counter(browsers).most_common(NAMED),
        "os": Counter(systems).most_common(NAMED),
    }


def events(numbers: NumberCache) -> dict[str, Hours]:
    """Count logins, failed logins and ended sessions by kind of event and hour.

    The counts of past hours stay in the cache, so that only newer events are counted.
    """
    now = timezone.now()
    first = _hour(now) - HOURS
    over, counts = numbers.get_many(["hours"]).get("hours", (first, {}))
    since = max(first, over)
    fresh = _events_since(datetime.fromtimestamp(since * statistics.HOUR, UTC))
    known = {
        kind: {hour: n for hour, n in counts.get(kind, {}).items() if first <= hour < since}
        | fresh.get(kind, {})
        for kind in (Kind.LOGIN.value, Kind.LOGIN_FAILED.value, Kind.SESSIONS_ENDED.value)
    }
    over = _hour(now - SETTLING)
    closed = {
        kind: {hour: n for hour, n in hours.items() if hour < over} for kind, hours in known.items()
    }
    numbers.set_many({"hours": (over, closed)}, HOURS * statistics.HOUR)
    return known


def new_locations(numbers: NumberCache) -> list[dict[str, object]]:
    """Return the newest logins from new locations, as columns of their events."""
    newest = AuditEvent.objects.filter(kind=Kind.NEW_LOCATION).annotate(
        location=KeyTransform("location", "detail")
    )
    columns = ("pk", "at", "subject_id", "subject_name", "address", "location")
    return list(newest.values(*columns)[:NEW_LOCATIONS])


def refusals(numbers: NumberCache) -> dict[int, Hours] | None:
    """Return the refused requests by status and hour; None if their cache is unavailable."""
    running = _hour(timezone.now())
    try:
        found = statistics.refusals(range(running - HOURS, running + 1))
    except Exception:
        return None
    by_status: dict[int, Hours] = {429: {}, 503: {}}
    for (hour, status), times in found.items():
        by_status[status][hour] = times
    return by_status


#: The functions that read each number. Values are of plain types, because they are pickled.
NUMBERS: dict[str, Callable[[NumberCache], object]] = {
    "active": active_sessions,
    "devices": newest_devices,
    "events": events,
    "locations": new_locations,
    "refusals": refusals,
}


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // statistics.HOUR


def _events_since(since: datetime) -> dict[str, Hours]:
    sessions = ArrayLength(KeyTransform("sessions", "detail"))
    counted = [
        *_per_hour([Kind.LOGIN, Kind.LOGIN_FAILED], since, Count("*")),
        *_per_hour([Kind.SESSIONS_ENDED], since, Sum(Coalesce(sessions, Value(1)))),
    ]
    found: dict[str, Hours] = {}
    for kind, hour, number in counted:
        found.setdefault(kind, {})[_hour(hour)] = number
    return found


def _per_hour(
    kinds: list[Kind], since: datetime, number: Aggregate
) -> Iterable[tuple[str, datetime, int]]:
    return (
        AuditEvent.objects.filter(kind__in=kinds, at__gte=since)
        .order_by()
        .annotate(hour=TruncHour("at", tzinfo=UTC))
        .values_list("kind", "hour")
        .annotate(number=number)
    )
