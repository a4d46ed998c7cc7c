"""A long mixed load without faults, in which nothing may grow that should not."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.world import World
from tests.outages.postgresql import DATABASE, ROLE

#: Seconds between two samples.
INTERVAL = 15.0
#: What may grow by the nature of the load: each login, ending, ban and flip adds a row.
LOGS = ("sessions_api_auditevent", "killswitches_switchflip")
TABLES = """
    SELECT relname, pg_total_relation_size(oid) / 1024 FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""


@dataclass(frozen=True)
class Course:
    """The course of a value after the warm-up.

    :param growth: the growth of its regression line until the end, in the value's unit.
    :param limit: the maximum growth; None if the value may grow.
    """

    name: str
    first: float
    last: float
    growth: float
    limit: float | None

    @property
    def is_passed(self) -> bool:
        return self.limit is None or self.growth <= self.limit


def soak(world: World, seconds: float) -> list[Course]:
    """Sample all values under load. The first half is the warm-up.

    Counters of rates live for five minutes, and autovacuum looks once a minute.
    """
    samples: list[dict[str, float]] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(INTERVAL)
        # A password hash takes 100 MB while it is computed.
        with world.load.paused():
            samples.append(dict(_sample(world)))
    warm = samples[len(samples) // 2 :]
    return [course(name, [sample.get(name, 0.0) for sample in warm]) for name in warm[-1]]


def course(name: str, values: Sequence[float]) -> Course:
    """Fit a line to the values, and return how far it rises.

    A value may rise by a twentieth, or by one if it is small, or by 64 if it is in KiB: a table
    grows by several pages at once.
    """
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in range(len(values)))
    rise = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    growth = rise / spread * (len(values) - 1) if spread else 0.0
    least = 64.0 if name.endswith("KiB") else 1.0
    limit = None if name.startswith(LOGS) else max(mean / 20, least)
    return Course(name, values[0], values[-1], growth, limit)


def table(courses: Sequence[Course]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield "| | after the warm-up | at the end | growth | limit |"
    yield "| --- | --- | --- | --- | --- |"
    for one in courses:
        limit = "-" if one.limit is None else f"{one.limit:,.0f}"
        numbers = " | ".join(f"{number:,.0f}" for number in (one.first, one.last, one.growth))
        yield f"| {one.name} | {numbers} | {limit} |"


def _sample(world: World) -> Iterator[tuple[str, float]]:
    for number, worker in enumerate(sorted(world.workers()), start=1):
        yield f"memory of worker {number}, KiB", _resident(worker)
        yield f"open files of worker {number}", len(list(Path(f"/proc/{worker}/fd").iterdir()))
    with world.redis.client() as redis:
        yield "keys in Redis", redis.dbsize()
        yield "memory of Redis, KiB", redis.info("memory")["used_memory"] / 1024
    with world.primary.connect(DATABASE) as connection:
        of_service = f"FROM pg_stat_activity WHERE usename = '{ROLE}'"
        for (number,) in connection.execute(f"SELECT count(*) {of_service}").fetchall():
            yield "connections to PostgreSQL", number
        for name, size in connection.execute(TABLES).fetchall():
            yield f"{name}, KiB", float(size)


def _resident(pid: int) -> float:
    """Return the resident memory of a process, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS:")]
    return float(line.split()[1])
