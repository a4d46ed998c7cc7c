"""The table of the manual has the form in which the faults print it, and no fault is missing."""

import re

from tests.faults import run, table
from tests.manual import page


def test_the_manual_shows_the_table_of_all_faults() -> None:
    text = page("operators/faults")
    assert table.header() in text
    rows = [row.split(" | ") for row in re.findall(r"^\| (.+) \|$", text, re.MULTILINE)]
    names = [row[0] for row in rows if len(row) == len(table.HEADER)]
    assert [name for name in names if name not in ("fault", "---")] == [
        fault.name for fault in run.EVERY
    ]
