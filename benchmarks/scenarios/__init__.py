"""The scenarios. Each module has a function ``run`` that is independent of the others."""

from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.findings import Findings
from benchmarks.scenarios import (
    admin,
    contenders,
    ending,
    login,
    open_loop,
    propagation,
    pruning,
    storm,
    table_size,
)

SCENARIOS: dict[str, Callable[[Bench], Findings]] = {
    "contenders": contenders.run,
    "table_size": table_size.run,
    "ending": ending.run,
    "login": login.run,
    "storm": storm.run,
    "propagation": propagation.run,
    "admin": admin.run,
    # Last, because they change the tables.
    "pruning": pruning.run,
    "open_loop": open_loop.run,
}
