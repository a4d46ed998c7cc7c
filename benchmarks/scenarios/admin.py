"""The admin's list of sessions in the big table, with its filters, searches and further pages."""

from urllib.parse import unquote_plus

from benchmarks.bench import LARGE, Bench
from benchmarks.figures import median
from benchmarks.findings import Findings, Table, Target

MOST_MILLISECONDS = 100.0
VISITS = 10


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
    return Findings([Table(title, columns, rows)], targets, {"pages": pages})


def _short(path: str) -> str:
    """Return the decoded query string of a page, shortened."""
    query = unquote_plus(path.partition("?")[2])
    return f"{query[:70]}…" if len(query) > 70 else query or "(the list)"
