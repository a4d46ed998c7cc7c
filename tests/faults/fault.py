"""What a fault is, and what is measured when it strikes."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faults.client import Entry, Outcome
from tests.faults.ledger import Violation
from tests.faults.world import World, wait_until_ready

#: A generator: it inflicts the fault, yields while it lasts, and lifts it. It yields when the fault
#: began, on the monotonic clock, if that was not when the generator did.
Strike = Iterator[float | None]

#: Seconds without trouble after which the service counts as well.
CALM = 1.5
#: The longest that it may take.
PATIENCE = 60.0


@dataclass(frozen=True)
class Fault:
    """A fault.

    :param tolerated: outcomes of requests that are not wrong while it lasts and shortly after.
    :param lasts: whether it lasts for a while; otherwise it is over at once, as a kill is.
    :param loses: whether it may undo what was acknowledged; this is counted, and no violation.
    :param is_short: whether it is in the short form.
    :param lacks: returns what the machine lacks for it; "" if it can strike.
    """

    name: str
    strike: Callable[[World], Strike]
    tolerated: frozenset[Outcome] = frozenset()
    lasts: bool = True
    loses: bool = False
    is_short: bool = True
    lacks: Callable[[World], str] = lambda world: ""


@dataclass(frozen=True)
class Result:
    """What was measured.

    :param outcomes: the number of requests with each outcome.
    :param wrong: the requests that were answered neither right nor as tolerated.
    :param seconds: from the end of the fault (of one that does not last, from its beginning) until
        the last request ended that was not answered right.
    :param is_well: whether the service has recovered.
    :param violations: what it showed contrary to what it had acknowledged.
    """

    fault: Fault
    outcomes: Counter[Outcome]
    wrong: Counter[str]
    seconds: float
    is_well: bool
    violations: list[Violation]

    @property
    def is_passed(self) -> bool:
        return self.is_well and not self.wrong and (self.fault.loses or not self.violations)


def measure(fault: Fault, world: World, hold: float) -> Result:
    """Let a fault strike under load, wait until the service is well, and look at every fact.

    :param hold: how long a fault lasts that does, in seconds.
    """
    load = world.load
    wait_until_ready(world.server)
    load.journal.take()
    load.ledger.take_violations()
    strike = fault.strike(world)
    began = time.monotonic()
    began = next(strike) or began
    if fault.lasts:
        time.sleep(hold)
        list(strike)
        began = time.monotonic()
    deadline = time.monotonic() + PATIENCE
    time.sleep(CALM)
    while (trouble := load.journal.last_trouble()) > time.monotonic() - CALM:
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    load.reckon(world.primary)
    list(strike)
    entries = load.journal.take()
    return Result(
        fault,
        Counter(entry.outcome for entry in entries),
        Counter(entry.what for entry in entries if _is_wrong(entry, fault)),
        max(0.0, trouble - began),
        time.monotonic() < deadline,
        load.ledger.take_violations(),
    )


def _is_wrong(entry: Entry, fault: Fault) -> bool:
    return entry.outcome is not Outcome.RIGHT and entry.outcome not in fault.tolerated
