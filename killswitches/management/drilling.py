"""``manage.py killswitch drill``."""

from collections.abc import Sequence

from django.core.management.base import CommandError, OutputWrapper

from .. import drills
from ..command_line import Table, operator_name
from ..drills import Outcome, Trial
from ..models import SwitchDrill
from ..registry import Switch

RESULTS = {
    Outcome.CLOSED: "closed",
    Outcome.OPEN: "NOT CLOSED",
    Outcome.WRONG_ANSWER: "WRONG ANSWER",
    Outcome.STAYS_CLOSED: "CLOSED WHILE OFF",
    Outcome.FAILED: "ERROR",
    Outcome.UNKNOWN: "not tried",
}


def drill(switches: Sequence[Switch], out: OutputWrapper) -> None:
    """Drill switches, print what each endpoint answered, and record it.

    :raises CommandError: an endpoint did not answer as it must, or no app can drill.
    """
    table = Table(out, "NAME", "METHOD", "ENDPOINT", "DIALECT", "ANSWER", "RESULT")
    done = []
    for switch in switches:
        try:
            drilled = drills.drill(switch, actor_name=operator_name())
        except drills.NoDriller as error:
            raise CommandError(str(error)) from error
        table.write(_row(switch, trial) for trial in drills.trials_of(drilled))
        done.append((switch, drilled))
    for switch, drilled in done:
        out.write(_summary(switch, drilled))
    if faulty := [switch.name for switch, drilled in done if drilled.faults]:
        raise CommandError(f"Endpoints did not answer as they must: {', '.join(faulty)}.")


def _row(switch: Switch, trial: Trial) -> tuple[str, ...]:
    answer = "" if trial.status is None else str(trial.status)
    result = f"{RESULTS[trial.outcome]} {trial.error}".rstrip()
    return switch.name, trial.method, trial.path, trial.dialect, answer, result


def _summary(switch: Switch, drilled: SwitchDrill) -> str:
    note = " It is on, and stays on." if drilled.was_on else ""
    if not drilled.endpoints:
        return f"{switch.name} closes no endpoints here.{note}"
    if drilled.faults:
        return f"{switch.name}: {drilled.faults} of {drilled.endpoints} endpoints at fault.{note}"
    return f"{switch.name}: {drilled.endpoints} endpoints tried, no fault.{note}"
