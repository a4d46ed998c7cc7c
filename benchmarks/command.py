"""The benchmark run, from the parsed command line to the results."""

import argparse
import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import redis

from benchmarks import counters, data, plot, report
from benchmarks.bench import EVEN, FORMER_DATABASE, LARGE, PEERS, SMALL, SWITCHED, TWIN, Bench
from benchmarks.contenders import OURS
from benchmarks.counters import NotEmpty
from benchmarks.databases import Databases, NotOurs
from benchmarks.figures import median
from benchmarks.findings import Findings, Table
from benchmarks.former import checked_out
from benchmarks.plan import LONG, SHORT
from benchmarks.scenarios import SCENARIOS
from cumulonimbus.configuration.local_secrets import secret_key, signing_key

DATABASE_URL = "postgres://postgres@127.0.0.1:5432/"
CACHE_URL = "redis://127.0.0.1:6379/9"


def measure(arguments: argparse.Namespace) -> int:
    """Load the data, measure, report and clean up. Return the exit status."""
    only = arguments.only or list(SCENARIOS)
    if unknown := set(only) - set(SCENARIOS):
        print(f"No scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}.")
        return 2
    # Handle SIGTERM like Ctrl-C, so that servers are stopped and databases dropped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    bench = _bench(arguments)
    try:
        with _cleaning_up(bench), contextlib.ExitStack() as stack:
            if arguments.against:
                folder = stack.enter_context(
                    checked_out(arguments.against, bench.directory / "former")
                )
                bench = replace(bench, former=folder)
            return _measure(bench, only, is_long=arguments.long)
    except (psycopg.OperationalError, redis.ConnectionError, NotEmpty, NotOurs) as error:
        print(f"It needs PostgreSQL and Redis (see --help): {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. Nothing is left running.", file=sys.stderr)
    return 1


def _bench(arguments: argparse.Namespace) -> Bench:
    plan = LONG if arguments.long else SHORT
    plan = replace(
        plan,
        sessions=arguments.sessions or plan.sessions,
        users=arguments.users or plan.users,
        barest=arguments.barest or plan.barest,
        rounds=arguments.rounds or plan.rounds,
    )
    directory: Path = arguments.directory.absolute() / f"{datetime.now(UTC):%Y-%m-%dT%H.%M.%SZ}"
    directory.mkdir(parents=True)
    return Bench(
        plan=plan,
        directory=directory,
        databases=Databases(os.environ.get("DATABASE_URL", DATABASE_URL)),
        cache_url=os.environ.get("CACHE_URL", CACHE_URL),
        secrets={
            "SECRET_KEY": secret_key(directory),
            "SIGNING_KEYS": signing_key(directory),
        },
        server=arguments.server,
    )


@contextlib.contextmanager
def _cleaning_up(bench: Bench) -> Iterator[None]:
    counters.claim(bench.cache_url)
    try:
        yield
    finally:
        for name in (LARGE, SMALL, EVEN, SWITCHED, TWIN, PEERS, FORMER_DATABASE):
            bench.databases.drop(name)
        counters.release(bench.cache_url)


def _measure(bench: Bench, only: list[str], *, is_long: bool) -> int:
    begun = time.monotonic()
    lines: list[str] = []

    def say(text: str) -> None:
        print(text, flush=True)
        lines.append(text)

    say(f"Loading {bench.plan.sessions:,} sessions …")
    data.load(bench)
    about: dict[str, Any] = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "form": "long" if is_long else "short",
        "server": bench.server,
        "plan": vars(bench.plan),
        "machine": report.machine(bench.databases.url(SMALL)),
    }
    say(report.as_text(Table("Machine", ["what", "version"], report.lines(about["machine"]))))
    found = {}
    for name in only:
        since = time.monotonic()
        found[name] = _run(name, bench)
        say(f"\n== {name} ({time.monotonic() - since:.0f} s)\n\n{report.describe(found[name])}")
    say(f"\n== All targets ({time.monotonic() - begun:.0f} s in all)\n")
    say(report.verdicts([target for one in found.values() for target in one.targets]))
    report.keep(bench.directory / "results.json", about, found)
    (bench.directory / "results.txt").write_text("\n".join([*lines, ""]))
    if race := found.get("contenders", Findings()).raw:
        rates = [(one["title"], median(one["rates"])) for one in race.values()]
        picture = plot.bars("Authenticated requests a second", rates, ours=race[OURS]["title"])
        (bench.directory / "contenders.svg").write_text(picture)
    print(f"\nKept in {bench.directory}")
    return int(any(findings.failure for findings in found.values()))


def _run(name: str, bench: Bench) -> Findings:
    """Run a scenario and return its findings. A failure is recorded, so that others still run."""
    data.clear_away(bench)
    try:
        return SCENARIOS[name](bench)
    except Exception as error:
        traceback.print_exc()
        return Findings(failure=f"{type(error).__name__}: {error}")
