"""The settings in ``SESSIONS_API``, and the rates."""

import ast
from dataclasses import fields

from from_code.comments import documented
from from_code.markdown import code
from from_code.markdown import table as markdown_table
from sessions_api.conf import ApiSettings
from sessions_api.ratelimits import rates as rates_module
from sessions_api.ratelimits.rates import Rate

#: The seconds of a unit of time, longest first, with its name.
UNITS = {86_400: "day", 3_600: "hour", 60: "minute", 1: "second"}


def table() -> str:
    """Return a table of the settings, with their types and defaults."""
    unset = ApiSettings()
    defaults = {field.name: getattr(unset, field.name) for field in fields(ApiSettings)}
    return markdown_table(
        ["setting", "type", "default", "meaning"],
        [
            [code(name), code(ast.unparse(node.annotation)), code(repr(defaults[name])), comment]
            for name, comment, node in documented(ApiSettings)
            if isinstance(node, ast.AnnAssign)
        ],
    )


def rates() -> str:
    """Return a table of the rates, with what they limit."""
    return markdown_table(
        ["what", "how often", "name in `RATES`"],
        [
            [comment, how_often(rates_module.BY_NAME[name]), code(name)]
            for name, comment, _ in documented(rates_module)
            if name in rates_module.BY_NAME
        ],
    )


def how_often(rate: Rate) -> str:
    """Return a rate in words."""
    seconds, unit = next(item for item in UNITS.items() if rate.period % item[0] == 0)
    length = rate.period // seconds
    if length > 1:
        return f"{rate.limit} in {length} {unit}s"
    return f"{rate.limit} {'an' if unit == 'hour' else 'a'} {unit}"
