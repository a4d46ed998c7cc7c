"""The cost of a login apart from its password hash."""

from itertools import islice

from benchmarks.bench import EVEN, Bench
from benchmarks.endpoints import expect, logins
from benchmarks.figures import median
from benchmarks.findings import Findings, Table, Target
from benchmarks.load import Connection

MOST_PERCENT = 5.0
QUICK_LOGINS = "benchmarks.inside.quick_logins"


def run(bench: Bench) -> Findings:
    """Compare the worker's CPU time for a login with a very cheap hash to that of a real hash."""
    environment = bench.environment(EVEN, settings=QUICK_LOGINS)
    names = bench.inside("inside.people.cast", environment, callers=50, sessions=1)["logins"]
    # Many, because the kernel counts CPU time in hundredths of a second.
    count = max(200, bench.plan.samples * 4)
    with (
        bench.serve("login", environment, workers=1) as server,
        Connection(server.port) as connection,
    ):
        requests = logins(names)
        for data in islice(requests, 50):
            expect(201, connection, data)
        before = server.cpu_seconds()
        for data in islice(requests, count):
            expect(201, connection, data)
        work = (server.cpu_seconds() - before) / count
    hashes = bench.inside("inside.hashing.check", bench.environment(EVEN), count=10)
    hashing = median(hashes)
    share = work / hashing * 100
    rows = [
        ["a login without the hash", work * 1e3],
        ["the hash: Argon2id at Django's own cost", hashing * 1e3],
    ]
    return Findings(
        [Table("A login's work in the application", ["what", "CPU ms"], rows)],
        [Target("a login's work beside the hash", MOST_PERCENT, share, "% of the hash")],
        {"work": work, "hashes": hashes},
    )
