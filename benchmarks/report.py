"""Reports of findings as text and JSON."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.findings import Cell, Findings, Table, Target

PACKAGES = (
    "Django",
    "djangorestframework",
    "granian",
    "gunicorn",
    "psycopg",
    "redis",
    "django-rest-knox",
    "django-allauth",
    "djangorestframework-simplejwt",
)


def describe(findings: Findings) -> str:
    """Return the tables and targets of a scenario as text."""
    parts = [as_text(table) for table in findings.tables]
    if findings.failure:
        parts.append(f"FAILED: {findings.failure}")
    if findings.targets:
        parts.append(verdicts(findings.targets))
    return "\n\n".join(parts)


def verdicts(targets: Sequence[Target]) -> str:
    """Return a table of targets as text."""
    rows = [
        [
            "met" if target.is_met else "MISSED",
            target.what,
            f"{'at most' if target.at_most else 'at least'} {_text(target.limit)} {target.unit}",
            "not measured"
            if target.measured is None
            else f"{_text(target.measured)} {target.unit}",
        ]
        for target in targets
    ]
    return as_text(Table("Targets", ["", "what", "asked for", "measured"], rows))


def as_text(table: Table) -> str:
    """Return a table as text, with numbers aligned to the right and texts to the left."""
    cells = [[_text(cell).strip() for cell in row] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(table.columns, *cells, strict=True)]
    numeric = [
        all(isinstance(row[number], int | float | None) for row in table.rows)
        for number in range(len(table.columns))
    ]

    def line(texts: Sequence[str]) -> str:
        aligned = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(texts, widths, numeric, strict=True)
        ]
        return "  ".join(aligned).rstrip()

    lines = [table.title, line(table.columns), "  ".join("-" * width for width in widths)]
    lines += map(line, cells)
    return "\n".join([*lines, *([table.note] if table.note else [])])


def machine(database_url: str) -> dict[str, Any]:
    """Return facts about the machine and the versions of the software.

    :param database_url: the URL of a database on the PostgreSQL server.
    """
    with psycopg.connect(database_url) as connection:
        server = connection.info.server_version
    cpuinfo = Path("/proc/cpuinfo").read_text()
    models = [
        line.partition(":")[2].strip() for line in cpuinfo.splitlines() if "model name" in line
    ]
    return {
        "processors": f"{len(models)} of {models[0] if models else platform.machine()}",
        "python": platform.python_version(),
        "postgresql": f"{server // 10_000}.{server % 10_000}",
        "packages": {name: version(name) for name in PACKAGES},
    }


def lines(facts: Mapping[str, Any]) -> list[list[Cell]]:
    """Return facts as rows of a table, with a row for each of the ``packages``."""
    versions = facts["packages"]
    others = {name: fact for name, fact in facts.items() if name != "packages"}
    return [[name, str(fact)] for name, fact in (others | versions).items()]


def keep(path: Path, about: Mapping[str, Any], found: Mapping[str, Findings]) -> None:
    """Write the findings to a file as JSON, including whether targets are met.

    :param about: facts about the run.
    :param found: the findings by scenario.
    """
    scenarios = {
        name: asdict(findings)
        | {"targets": [asdict(one) | {"is_met": one.is_met} for one in findings.targets]}
        for name, findings in found.items()
    }
    path.write_text(json.dumps({**about, "scenarios": scenarios}, indent=1) + "\n")


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return "-"
        case float() if abs(cell) >= 100:
            return f"{cell:,.0f}"
        case float():
            return f"{cell:.2f}" if abs(cell) >= 0.1 or cell == 0 else f"{cell:.3g}"
        case int():
            return f"{cell:,}"
    return str(cell)
