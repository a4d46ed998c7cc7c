"""``python3 -m benchmarks``: sets up a venv of its own, and measures in it."""

import argparse
import sys
from pathlib import Path

from benchmarks import venvs
from benchmarks.places import DIRECTORY


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks",
        description="Measure the service, beside others of its kind. It needs Linux, a PostgreSQL "
        "server whose role may create databases, and Redis, from DATABASE_URL and CACHE_URL or on "
        "127.0.0.1. It works in databases of its own, called cumulonimbus_benchmark_…, which it "
        "drops in the end, and in a Redis database that must be empty (by default number 9). "
        "Nothing else should be running.",
    )
    parser.add_argument(
        "--long", action="store_true", help="ten million sessions, about fifteen minutes"
    )
    parser.add_argument("--sessions", type=int, metavar="N", help="of the big table")
    parser.add_argument("--users", type=int, metavar="N", help="of the big table")
    parser.add_argument(
        "--barest",
        action="store_true",
        help="race the peers a second time, at their barest, as the long form does",
    )
    parser.add_argument(
        "--against",
        metavar="REVISION",
        help="race another revision of the service as well, which git checks out",
    )
    parser.add_argument("--only", nargs="+", metavar="SCENARIO", help="those alone")
    parser.add_argument(
        "--directory",
        type=Path,
        default=DIRECTORY,
        help="for the venv and the results; var/benchmarks by default",
    )
    return parser.parse_args()


def main() -> int:
    """The exit status: 0 unless a scenario failed."""
    arguments = parse()
    venvs.enter(arguments.directory / "venv", sys.argv[1:])
    # Not before, for it needs what is installed there.
    from benchmarks.command import measure

    return measure(arguments)


sys.exit(main())
