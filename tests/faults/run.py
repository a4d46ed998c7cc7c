"""Run faults or a soak, and print the table."""

import sys
from collections import Counter
from collections.abc import Collection

from tests.faults import of_postgresql, of_processes, of_redis, soaking, table
from tests.faults.client import Outcome
from tests.faults.fault import measure
from tests.faults.ledger import Violation
from tests.faults.world import world

EVERY = [*of_processes.FAULTS, *of_redis.FAULTS, *of_postgresql.FAULTS]
#: How long a fault lasts that does, in seconds.
SHORT_HOLD, HOLD = 1.5, 5.0


def faults(*, only: str, short: bool) -> bool:
    """Run the faults, and return whether all were passed.

    :param only: a part of their names.
    :param short: whether to run the short form.
    """
    chosen = [fault for fault in EVERY if only in fault.name and (fault.is_short or not short)]
    passed = True
    with world() as servers, servers.load.running():
        print(table.header(), flush=True)
        for fault in chosen:
            if lacking := fault.lacks(servers):
                print(f"Left out, for want of {lacking}: {fault.name}", flush=True)
                continue
            result = measure(fault, servers, SHORT_HOLD if short else HOLD)
            print(table.row(result), flush=True)
            _explain(result.wrong, result.violations)
            passed &= result.is_passed
    return passed


def soak(seconds: float) -> bool:
    """Send the load without faults, and return whether it was passed."""
    with world() as servers, servers.load.running():
        courses = soaking.soak(servers, seconds)
        servers.load.reckon(servers.primary)
        entries = servers.load.journal.take()
        violations = servers.load.ledger.take_violations()
    wrong = Counter(entry.what for entry in entries if entry.outcome is not Outcome.RIGHT)
    print("\n".join(soaking.table(courses)))
    print(f"{len(entries):,} requests, {wrong.total()} wrong, {len(violations)} violations")
    _explain(wrong, violations)
    return not wrong and not violations and all(one.is_passed for one in courses)


def _explain(wrong: Counter[str], violations: Collection[Violation]) -> None:
    for what, number in wrong.most_common(10):
        print(f"    {number} times {what}", file=sys.stderr, flush=True)
    for violation in violations:
        print(f"    {violation}", file=sys.stderr, flush=True)
