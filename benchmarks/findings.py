"""The findings of a scenario: tables, targets and raw numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table of results.

    :param note: a text to show below the table.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True)
class Target:
    """A target, and what was measured.

    :param what: the description of the target.
    :param limit: the maximum, or the minimum without ``at_most``.
    :param measured: the measured number; None if it could not be measured, which misses the target.
    :param unit: the unit of both numbers.
    :param at_most: whether the limit is a maximum.
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
    """The findings of a scenario.

    :param tables: the tables to report.
    :param targets: the targets to report.
    :param raw: all other measurements, which must be serialisable as JSON.
    :param failure: why the scenario failed; empty if it completed.
    """

    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
