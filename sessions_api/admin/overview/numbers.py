"""The numbers of the overview: from few queries, each along an index, and kept for a minute."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypedDict, TypeVar

from django.core.cache import cache
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, Count, Func, IntegerField, Sum, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce, TruncHour
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from sessions_api import statistics
from sessions_api.databases.estimates import estimate, rounded
from sessions_api.models import AuditEvent, UserSession

Kind = AuditEvent.Kind

Result = TypeVar("Result")

#: How old a number may be, in seconds.
KEPT_SECONDS = 60
#: How far back the hours reach: 14 days, and as much of another as a day can have begun.
HOURS = 15 * 24
#: An event is written when its transaction ends, and by another clock: an hour counts as over so
#: long after its end.
SETTLING = timedelta(minutes=10)

#: Up to here sessions are counted one by one; beyond it PostgreSQL's planner estimates them.
MOST_COUNTED = 10_000
#: How many of the newest sessions are looked at for common devices, and how many are named.
SAMPLE = 5000
NAMED = 6
NEW_LOCATIONS = 10

#: Before what is kept in the cache. Its number changes with the form of that.
PREFIX = "sessions_api.overview.1."

#: Numbers by hour, each hour as UNIX time in whole hours; those that are 0 may be missing.
Hours = dict[int, int]

#: By their names in :data:`NUMBERS`, which tells the form of each.
Numbers: TypeAlias = dict[str, Any]


class Devices(TypedDict):
    """How common browsers and systems are among the newest sessions.

    :ivar sample: the number of those sessions.
    :ivar browser: the most common values first, each with its number; so has ``os``.
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


class Keeper:
    """The default cache, which is not asked again once it has failed."""

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
    """The numbers of these names, at most a minute old: see :data:`NUMBERS`."""
    keeper = Keeper()
    kept = keeper.get_many(names)
    fresh = {name: NUMBERS[name](keeper) for name in names if name not in kept}
    if fresh:
        keeper.set_many(fresh, KEPT_SECONDS)
    return kept | fresh


def active_sessions(keeper: Keeper) -> tuple[str, int]:
    """How many sessions are active: ``about`` and ``more than`` say so before the number, "" where
    it is exact."""
    active = UserSession.objects.active()
    # In the index's order, so that no more of the table is read, whatever the planner thinks.
    some = active.order_by("-expires_at").values("expires_at")[: MOST_COUNTED + 1]
    number = some.count()
    if number <= MOST_COUNTED:
        return "", number
    if connections[active.db].vendor != "postgresql":
        return "more than", MOST_COUNTED
    # The planner cannot know that next to all sessions have their owners' passwords.
    unexpired = UserSession.objects.unexpired().order_by().values("expires_at")
    return "about", rounded(max(number, estimate(unexpired).rows))


def newest_devices(keeper: Keeper) -> Devices:
    """How common browsers and systems are among the newest sessions."""
    newest = UserSession.objects.order_by("-pk").values_list("browser", "os")[:SAMPLE]
    rows = list(newest)
    browsers, systems = zip(*rows, strict=True) if rows else ((), ())
    return {
        "sample": len(rows),
        "browser": Counter(browsers).most_common(NAMED),
        "os": Counter(systems).most_common(NAMED),
    }


def events(keeper: Keeper) -> dict[str, Hours]:
    """Logins, failed logins, and ended sessions by hour, under the kinds of their events.

    The counts of hours that are over stay in the cache, so that only what came since is counted.
    """
    now = timezone.now()
    first = _hour(now) - HOURS
    over, counts = keeper.get_many(["hours"]).get("hours", (first, {}))
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
    keeper.set_many({"hours": (over, closed)}, HOURS * statistics.HOUR)
    return known


def new_locations(keeper: Keeper) -> list[dict[str, object]]:
    """The newest logins from a place new for their user: columns of their events."""
    newest = AuditEvent.objects.filter(kind=Kind.NEW_LOCATION).annotate(
        location=KeyTransform("location", "detail")
    )
    columns = ("pk", "at", "subject_id", "subject_name", "address", "location")
    return list(newest.values(*columns)[:NEW_LOCATIONS])


def refusals(keeper: Keeper) -> dict[int, Hours] | None:
    """Answers that refused, by status and hour; None where the cache that counts them is down."""
    running = _hour(timezone.now())
    try:
        found = statistics.refusals(range(running - HOURS, running + 1))
    except Exception:
        return None
    by_status: dict[int, Hours] = {429: {}, 503: {}}
    for (hour, status), times in found.items():
        by_status[status][hour] = times
    return by_status


#: What there is to know, and how. Values are plain, for they are pickled into the cache.
NUMBERS: dict[str, Callable[[Keeper], object]] = {
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
