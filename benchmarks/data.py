"""The data, which is loaded before the scenarios run."""

from pathlib import Path

from benchmarks.bench import EVEN, FORMER_DATABASE, LARGE, PEERS, SMALL, SWITCHED, TWIN, Bench
from benchmarks.paths import ROOT

TABLES = ("sessions_api_usersession", "cumulonimbus_user")
PEERS_TABLES = ("auth_user", "knox_authtoken", "django_session", "usersessions_usersession")
PEERS_SETTINGS = "benchmarks.contenders.peers"
#: Peers that store a row for each session.
WITH_SESSIONS = ("knox", "allauth")
#: Kill switches, and whom they are on for: no caller of the benchmark. Every request is compared
#: with both, as the first concerns every endpoint.
FLIPS = (
    ("GLOBAL", "--network", "203.0.113.0/24"),
    ("ACCOUNT_MODIFY", "--client", "Retired/1"),
)


def load(bench: Bench) -> None:
    """Create and fill all databases."""
    plan, databases = bench.plan, bench.databases
    databases.make(SMALL)
    bench.manage("migrate", "-v0", env=bench.environment(SMALL))
    databases.make(LARGE, template=SMALL)
    _load_service(bench, LARGE, plan.sessions, plan.users)
    if (plan.rows, plan.rows // 10) == (plan.sessions, plan.users):
        databases.make(EVEN, template=LARGE)
    else:
        databases.make(EVEN, template=SMALL)
        _load_service(bench, EVEN, plan.rows, plan.rows // 10)
    for name in (SWITCHED, TWIN):
        databases.make(name, template=EVEN)
    for switch, *condition in FLIPS:
        bench.manage(
            *("killswitch", "on", switch, "--reason", "benchmark", *condition),
            env=bench.environment(SWITCHED),
        )
    if bench.former is not None:
        databases.make(FORMER_DATABASE)
        bench.manage("migrate", "-v0", env=bench.environment(FORMER_DATABASE), root=bench.former)
        _load_service(bench, FORMER_DATABASE, plan.rows, plan.rows // 10, root=bench.former)
    databases.make(PEERS)
    environment = bench.environment(PEERS, settings=PEERS_SETTINGS)
    bench.run("-m", "django", "migrate", "-v0", env=environment)
    with databases.bare(PEERS, *PEERS_TABLES):
        bench.inside("contenders.people.make_users", environment, count=plan.rows // 10)
        for name in WITH_SESSIONS:
            bench.inside(f"contenders.{name}.callers.fill", environment, sessions=plan.rows)
    with databases.connect(PEERS) as connection:
        connection.execute("VACUUM ANALYZE")


def clear_away(bench: Bench) -> None:
    """Vacuum the sessions. Autovacuum runs only once a minute, too late between scenarios."""
    for name in (SMALL, LARGE, EVEN, SWITCHED, TWIN):
        with bench.databases.connect(name) as connection:
            connection.execute(f"VACUUM {TABLES[0]}")


def _load_service(
    bench: Bench, database: str, sessions: int, users: int, *, root: Path = ROOT
) -> None:
    with bench.databases.bare(database, *TABLES):
        bench.manage(
            "load_sample_sessions",
            f"--sessions={sessions}",
            f"--users={users}",
            f"--largest={bench.plan.largest}",
            env=bench.environment(database),
            root=root,
        )
    with bench.databases.connect(database) as connection:
        connection.execute("VACUUM ANALYZE")
