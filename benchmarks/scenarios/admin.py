"""The admin's list of sessions in the big table, with its filters, searches and further pages.

And what lists of a hundred rows and a user's page cost, compared with a stock list of Django's.
"""

from typing import Any
from urllib.parse import unquote_plus

from benchmarks.bench import LARGE, Bench
from benchmarks.figures import median
from benchmarks.findings import Cell, Findings, Table, Target

MOST_MILLISECONDS = 100.0
VISITS = 10
#: How many times the cost of a stock list of as many columns a page may cost, in CPU and in time.
MOST_OF_STOCK = 1.5


def run(bench: Bench) -> Findings:
    """Visit each page several times, in one Django process."""
    visits = min(VISITS, max(3, bench.plan.samples // 10))
    pages = bench.inside("inside.pages.visit", bench.environment(LARGE), count=visits)
    rows = []
    for page in pages:
        times = page["seconds"]
        outcome = page["failure"] or ("" if page["status"] == 200 else f"status {page['status']}")
        rows.append(
            [
                _short(page["path"]),
                median(times) * 1e3 if times else None,
                page["queries"],
                ", ".join(page["scanned"]) or "none",
                outcome,
            ]
        )
    rows.sort(key=lambda row: -(row[1] or float("inf")))
    complete = all(page["seconds"] and page["status"] == 200 for page in pages)
    slowest = max((row[1] for row in rows if row[1] is not None), default=None)
    scans = sum(bool(page["scanned"]) for page in pages)
    targets = [
        Target(
            f"the slowest of {len(pages)} pages of the admin's list, server time",
            MOST_MILLISECONDS,
            slowest if complete else None,
            "ms",
        ),
        Target("pages with a sequential scan of a large table", 0, scans),
    ]
    columns = ["page", "median ms", "queries", "sequential scans", "failure"]
    title = f"The admin's list of {bench.plan.sessions:,} sessions, the slowest pages first"
    compared = bench.inside("inside.stock_lists.compare", bench.environment(LARGE), count=visits)
    return Findings(
        [Table(title, columns, rows), _comparison(compared)],
        targets + _targets_of_comparison(compared),
        {"pages": pages, "stock_lists": compared},
    )


def _comparison(compared: list[dict[str, Any]]) -> Table:
    rows: list[list[Cell]] = [
        [
            page["page"],
            *(
                median(page[whose][what]) * 1e3
                for what in ("cpu", "wall")
                for whose in ("ours", "stock")
            ),
        ]
        for page in compared
    ]
    columns = ["page", "CPU ms", "stock list", "ms", "stock list"]
    return Table("Pages beside Django's stock list of a table of a thousand rows", columns, rows)


def _targets_of_comparison(compared: list[dict[str, Any]]) -> list[Target]:
    return [
        Target(
            f"{page['page']}, {name} in times of a stock list's",
            MOST_OF_STOCK,
            median(page["ours"][what]) / median(page["stock"][what]),
        )
        for page in compared
        for what, name in (("cpu", "CPU"), ("wall", "time"))
    ]


def _short(path: str) -> str:
    """Return the decoded query string of a page, shortened."""
    query = unquote_plus(path.partition("?")[2])
    return f"{query[:70]}…" if len(query) > 70 else query or "(the list)"
