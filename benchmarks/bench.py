"""The bench, through which scenarios use databases, servers and Django processes."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.databases import Databases, with_query
from benchmarks.paths import HOST, ROOT
from benchmarks.plan import Plan
from benchmarks.servers import THREADS, Server, serve

SERVICE = "cumulonimbus.settings"
#: The service's databases: with the big table, almost empty, and with as many rows as the peers'.
LARGE, SMALL, EVEN = "large", "small", "even"
#: Copies of the last: one with two kill switches that are on for nobody who calls, and one without,
#: because a database of its own alone costs a contender some percent.
SWITCHED, TWIN = "switched", "twin"
#: Query parameters of database URLs: every server thread keeps its connection to PostgreSQL.
CONNECTIONS = "conn_max_age=600"
#: The databases of the peers and of another revision of the service.
PEERS, FORMER_DATABASE = "peers", "former"


class InsideFailed(Exception):
    """A Django process failed."""


@dataclass(frozen=True)
class Bench:
    """The environment of a benchmark run.

    :param plan: the amount to measure.
    :param directory: the directory of this run, for log files.
    :param databases: the PostgreSQL server.
    :param cache_url: the URL of the Redis database.
    :param secrets: the environment variables ``SECRET_KEY`` and ``SIGNING_KEYS``.
    :param server: the server that all run with; see :data:`~benchmarks.servers.SERVERS`.
    :param former: the directory of another revision of the service to measure; None for none.
    """

    plan: Plan
    directory: Path
    databases: Databases
    cache_url: str
    secrets: Mapping[str, str]
    server: str
    former: Path | None = None

    def environment(self, database: str, *, settings: str = SERVICE, **more: str) -> dict[str, str]:
        """Return the environment of a process: production settings, behind one proxy.

        Variables of the caller's environment that the settings would read are not passed on.

        :param database: the name of one of the benchmark's databases.
        :param settings: the settings module.
        :param more: further variables.
        """
        passed = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR")
        return {
            **{name: os.environ[name] for name in passed if name in os.environ},
            **self.secrets,
            "ALLOWED_HOSTS": HOST,
            "CACHE_URL": self.cache_url,
            "DATABASE_URL": with_query(self.databases.url(database), CONNECTIONS),
            "DJANGO_SETTINGS_MODULE": settings,
            "LOG_LEVEL": "ERROR",
            "STATE_DIR": str(self.directory),
            "TRUSTED_PROXIES": "1",
            # The load generator acts as the proxy and sends no such headers.
            "PROXY_DROPS_UNDERSCORES": "true",
            **more,
        }

    def inside(
        self,
        function: str,
        environment: Mapping[str, str],
        *,
        root: Path = ROOT,
        **arguments: Any,
    ) -> Any:
        """Call a function in a Django process and return its result.

        :param function: the path of the function in this package, such as ``inside.pages.visit``.
        :param environment: the environment of the process.
        :param root: the directory that contains the package.
        :param arguments: the arguments. They and the result must be serialisable as JSON.
        :raises InsideFailed: the function raised an exception.
        """
        text = json.dumps(arguments)
        run = self.run("-m", "benchmarks.inside", function, text, env=environment, root=root)
        return json.loads(run)

    def manage(self, *arguments: str, env: Mapping[str, str], root: Path = ROOT) -> str:
        """Run a command of ``manage.py`` and return its output. Standard error is shown.

        :raises InsideFailed: the command failed.
        """
        return self.run("manage.py", *arguments, env=env, root=root)

    def run(self, *arguments: str, env: Mapping[str, str], root: Path = ROOT) -> str:
        """Run Python and return its output. Standard error is shown.

        :raises InsideFailed: the process failed.
        """
        run = subprocess.run(
            [sys.executable, *arguments],
            cwd=root,
            # Comes before the virtual environment's packages, which include this revision.
            env={**env, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            text=True,
        )
        if run.returncode:
            raise InsideFailed(f"{' '.join(arguments)[:80]} failed: see above.")
        return run.stdout

    @contextlib.contextmanager
    def serve(
        self,
        name: str,
        environment: Mapping[str, str],
        application: str = "cumulonimbus.wsgi:application",
        *,
        workers: int = 2,
        threads: int = THREADS,
        root: Path = ROOT,
    ) -> Iterator[Server]:
        """Run a server until the end of the block.

        :param name: the name of its log file.
        """
        log = self.directory / f"{name}.log"
        with serve(
            application,
            environment,
            name=self.server,
            log=log,
            workers=workers,
            threads=threads,
            root=root,
        ) as server:
            yield server
