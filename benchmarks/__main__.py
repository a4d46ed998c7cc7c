"""``python3 -m benchmarks``: create a virtual environment and run the benchmarks in it."""

import argparse
import sys
from pathlib import Path

from benchmarks import venvs
from benchmarks.paths import DIRECTORY
from benchmarks.servers import SERVERS


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks",
        description="Measure the service and its peers. Needs Linux, a PostgreSQL server with a "
        "role that may create databases, and Redis, at DATABASE_URL and CACHE_URL or on 127.0.0.1. "
        "Creates databases called cumulonimbus_benchmark_…, which it drops at the end, and uses a "
        "Redis database that must be empty (by default number 9). Nothing else should be running "
        "on the machine.",
    )
    parser.add_argument(
        "--long", action="store_true", help="ten million sessions, about fifteen minutes"
    )
    parser.add_argument("--sessions", type=int, metavar="N", help="of the big table")
    parser.add_argument("--users", type=int, metavar="N", help="of the big table")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="in which contenders take turns; short form: 7"
    )
    parser.add_argument(
        "--barest",
        action="store_true",
        help="also measure the peers in their minimal configurations; implied by --long",
    )
    parser.add_argument(
        "--against",
        metavar="REVISION",
        help="also measure another revision of the service, which git checks out",
    )
    parser.add_argument(
        "--server",
        choices=sorted(SERVERS),
        default="granian",
        help="the server that all run with; default: granian",
    )
    parser.add_argument("--only", nargs="+", metavar="SCENARIO", help="run only these")
    parser.add_argument(
        "--directory",
        type=Path,
        default=DIRECTORY,
        help="for the virtual environment and the results; default: var/benchmarks",
    )
    return parser.parse_args()


def main() -> int:
    """Run the benchmarks. Return the exit status: 0 unless a scenario failed."""
    arguments = parse()
    venvs.enter(arguments.directory / "venv", sys.argv[1:])
    # Imported late, because it needs packages from the virtual environment.
    from benchmarks.command import measure

    return measure(arguments)


sys.exit(main())
