"""The metrics: their names, types, labels and meanings.

Labels have few values, all of which are in the code: none is a path, a name, an address or anything
else that a client sends.
"""

from dataclasses import dataclass
from enum import StrEnum

#: Seconds. Most requests take a few milliseconds, logins a few hundred.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Type(StrEnum):
    """The types of metrics (Prometheus)."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """A metric.

    :param name: its name, with the unit, and ``_total`` if it is a counter.
    :param meaning: what it says, in a sentence for operators.
    :param labels: the names of its labels.
    :param is_read: whether it is read at each scrape from the database or the process that answers,
        rather than counted by each process.
    """

    name: str
    type: Type
    meaning: str
    labels: tuple[str, ...] = ()
    is_read: bool = False


REQUESTS = Metric(
    "cumulonimbus_requests_total",
    Type.COUNTER,
    "Requests, except for health probes and scrapes.",
    ("endpoint", "dialect", "method", "status"),
)
DURATIONS = Metric(
    "cumulonimbus_request_duration_seconds",
    Type.HISTOGRAM,
    "How long requests took, in seconds; of a stream until its beginning.",
    ("endpoint", "dialect"),
)
REFUSALS = Metric(
    "cumulonimbus_refusals_total",
    Type.COUNTER,
    "Requests that were answered with 429 or 503, by what refused them.",
    ("status", "reason"),
)
LOGINS = Metric(
    "cumulonimbus_logins_total",
    Type.COUNTER,
    "Sessions that began, by the dialect of the login and the kind of session.",
    ("dialect", "kind"),
)
FAILED_LOGINS = Metric(
    "cumulonimbus_failed_logins_total",
    Type.COUNTER,
    "Failed logins, by the code of the error.",
    ("code",),
)
ENDED_SESSIONS = Metric(
    "cumulonimbus_ended_sessions_total",
    Type.COUNTER,
    "Sessions that were ended, by what ended them. Those that expire are not counted.",
    ("cause",),
)
HASHING_SLOTS_TAKEN = Metric(
    "cumulonimbus_hashing_slots_taken",
    Type.GAUGE,
    "Passwords that are being hashed or wait for that.",
)
HASHING_SLOTS = Metric(
    "cumulonimbus_hashing_slots",
    Type.GAUGE,
    "The number of passwords that can be hashed or wait before more are refused.",
)
COUNTING_IN_MEMORY = Metric(
    "cumulonimbus_counting_in_memory",
    Type.GAUGE,
    "The number of processes that count requests in their memory, because the cache has failed.",
)
POOL_CONNECTIONS = Metric(
    "cumulonimbus_pool_connections",
    Type.GAUGE,
    "Connections to the database in the pools, by state.",
    ("state",),
)
POOL_CONNECTIONS_MAX = Metric(
    "cumulonimbus_pool_connections_max",
    Type.GAUGE,
    "The maximum number of connections of the pools.",
)
POOL_WAITING = Metric(
    "cumulonimbus_pool_waiting",
    Type.GAUGE,
    "Requests that wait for a connection of the pools.",
)
PROCESSES = Metric(
    "cumulonimbus_processes",
    Type.GAUGE,
    "The number of running processes that share their counts with the one that answers.",
    is_read=True,
)
BUILD = Metric(
    "cumulonimbus_build_info",
    Type.GAUGE,
    "Always 1. The label is the version of the service.",
    ("version",),
    is_read=True,
)
PARTS = Metric(
    "cumulonimbus_part_up",
    Type.GAUGE,
    "1 if a part that the service depends on works, otherwise 0; the parts are those of /readyz.",
    ("part",),
    is_read=True,
)
READINGS = Metric(
    "cumulonimbus_reading_up",
    Type.GAUGE,
    "1 if these metrics could be read from the database, otherwise 0; they are missing then.",
    ("reading",),
    is_read=True,
)
ACTIVE_SESSIONS = Metric(
    "cumulonimbus_active_sessions",
    Type.GAUGE,
    "Active sessions; beyond 10,000 an estimate by PostgreSQL, and 10,000 on SQLite.",
    is_read=True,
)
SWITCHES = Metric(
    "cumulonimbus_kill_switch_on",
    Type.GAUGE,
    "1 if a kill switch is on, otherwise 0.",
    ("switch",),
    is_read=True,
)
UNDONE_WORK = Metric(
    "cumulonimbus_oldest_undone_work_seconds",
    Type.GAUGE,
    "How long the oldest piece of work has been waiting, in seconds; 0 if there is none.",
    ("work",),
    is_read=True,
)

ALL = (
    REQUESTS,
    DURATIONS,
    REFUSALS,
    LOGINS,
    FAILED_LOGINS,
    ENDED_SESSIONS,
    HASHING_SLOTS_TAKEN,
    HASHING_SLOTS,
    COUNTING_IN_MEMORY,
    POOL_CONNECTIONS,
    POOL_CONNECTIONS_MAX,
    POOL_WAITING,
    PROCESSES,
    BUILD,
    PARTS,
    READINGS,
    ACTIVE_SESSIONS,
    SWITCHES,
    UNDONE_WORK,
)
