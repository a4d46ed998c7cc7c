"""What every scenario works with: databases, servers, and processes of Django's."""

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
from benchmarks.places import HOST, ROOT
from benchmarks.plan import Plan
from benchmarks.servers import THREADS, Server, serve

SERVICE = "cumulonimbus.settings"
#: Databases of the service: with the big table, with next to nothing, with as much as the peers'.
LARGE, SMALL, EVEN = "large", "small", "even"
#: Every thread of every server keeps its connection to PostgreSQL.
CONNECTIONS = "conn_max_age=600"
#: The database of the peers, and that of another revision of the service.
PEERS, FORMER_DATABASE = "peers", "former"


class InsideFailed(Exception):
    """A process of Django's failed; the text is the end of what it said."""


@dataclass(frozen=True)
class Bench:
    """:param directory: of this run: its log files.
    :param secrets: ``SECRET_KEY`` and ``SIGNING_KEYS`` of the environment.
    :param former: where another revision of the service lies that takes part.
    """

    plan: Plan
    directory: Path
    databases: Databases
    cache_url: str
    secrets: Mapping[str, str]
    former: Path | None = None

    def environment(self, database: str, *, settings: str = SERVICE, **more: str) -> dict[str, str]:
        """Of a process that works on one of our databases: production, behind one proxy.

        Of the caller's environment nothing is passed on that the settings would read.
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
            # Whoever measures stands in for the proxy, and sends none.
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
        """What a function of the benchmark returns in a process of Django's.

        :param function: its module in this package, and its name: ``inside.pages.visit``.
        :param root: where that package lies.
        :param arguments: JSON, as is what is returned.
        :raises InsideFailed: it raises.
        """
        text = json.dumps(arguments)
        run = self.run("-m", "benchmarks.inside", function, text, env=environment, root=root)
        return json.loads(run)

    def manage(self, *arguments: str, env: Mapping[str, str], root: Path = ROOT) -> str:
        """Run a command of ``manage.py``; its progress bar is seen.

        :raises InsideFailed: it fails.
        """
        return self.run("manage.py", *arguments, env=env, root=root)

    def run(self, *arguments: str, env: Mapping[str, str], root: Path = ROOT) -> str:
        """Run Python; what it prints.

        :raises InsideFailed: it fails.
        """
        run = subprocess.run(
            [sys.executable, *arguments],
            cwd=root,
            # Before the venv's own, which names this revision.
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
        """A server until the end of the block; ``name`` is that of its log."""
        log = self.directory / f"{name}.log"
        with serve(
            application, environment, log=log, workers=workers, threads=threads, root=root
        ) as server:
            yield server
