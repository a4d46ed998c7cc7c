"""What a scenario finds: tables to read, targets met or missed, raw numbers to keep."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """:param note: stands below it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True)
class Target:
    """What is asked for, and what was measured.

    :param limit: the least that will do, or with ``at_most`` the most.
    :param measured: None where it could not be measured, which is a miss.
    """

    what: str
    limit: float
    measured: float | None
    unit: str = ""
    at_most: bool = True

    @property
    def is_met(self) -> bool:
        if self.measured is None:
            return False
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit


@dataclass
class Findings:
    """:param raw: whatever else was measured, as JSON.
    :param failure: why the scenario has found no more; empty where it came to its end.
    """

    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
