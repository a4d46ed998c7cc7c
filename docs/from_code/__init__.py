"""Tables of the manual that are generated from the code during the build.

Where a page has a line ``<!-- from code: errors -->``, the table of that name takes its place. The
line is a comment to readers who view the source of the page elsewhere.
"""

import re
from typing import Any

from from_code import api, checks, commands, errors, metrics, policies, settings, signals

TABLES = {
    "api v3": lambda: api.page("v3"),
    "api v4": lambda: api.page("v4"),
    "api v5": lambda: api.page("v5"),
    "api wolfpal": lambda: api.page("wolfpal"),
    "checks": checks.table,
    "commands": commands.sections,
    "errors": errors.table,
    "errors of dialects": errors.other_wordings,
    "kill switches": policies.switches,
    "kill switch signals": signals.of_killswitches,
    "metrics": metrics.table,
    "policies": policies.table,
    "rates": settings.rates,
    "scopes": policies.scopes,
    "settings": settings.table,
    "signals": signals.of_sessions,
}
_MARK = re.compile(r"^<!-- from code: (.+) -->$", re.MULTILINE)


def setup(app: Any) -> dict[str, bool]:
    """Register the hook that fills in the tables on each build, whatever Sphinx has cached."""
    app.connect("source-read", _fill_in)
    app.connect("env-get-outdated", _pages_with_tables)
    return {"parallel_read_safe": True}


def _fill_in(_app: Any, _name: str, source: list[str]) -> None:
    source[0] = _MARK.sub(lambda mark: TABLES[mark[1]](), source[0])


def _pages_with_tables(
    app: Any, env: Any, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    return [
        name for name in env.found_docs if _MARK.search(app.env.doc2path(name).read_text("utf-8"))
    ]
