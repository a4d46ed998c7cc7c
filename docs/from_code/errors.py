"""The error codes."""

import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from from_code.descriptions import DIALECTS, description
from from_code.markdown import code, codes, prose
from from_code.markdown import table as markdown_table
from sessions_api.exceptions import ApiError

USUAL = {"code", "message", "error"}


def table() -> str:
    """Return a table of all codes, with their statuses, meanings and further fields."""
    return markdown_table(
        ["code", "status", "meaning", "adds"],
        [
            [code(name), _statuses(name), _meaning(errors), _added(name)]
            for name, errors in sorted(_by_code().items(), key=lambda item: _order(item[0]))
        ],
    )


def other_wordings() -> str:
    """Return a table of the codes that dialects name differently."""
    return markdown_table(
        ["dialect", "in place of", "status", "code", "message"],
        [
            [
                dialect,
                code(one.error.code),
                str(one.status or ""),
                code(one.code or ""),
                one.message or "",
            ]
            for dialect in ("v3", "wolfpal")
            for one in import_module(
                f"sessions_api.http.dialects.{dialect}.errors"
            ).render_error.wordings
        ],
    )


def _by_code() -> dict[str, list[type[ApiError]]]:
    found: dict[str, list[type[ApiError]]] = defaultdict(list)
    for error in _subclasses(ApiError):
        found[error.code].append(error)
    return found


def _subclasses(error: type[ApiError]) -> Iterator[type[ApiError]]:
    for one in error.__subclasses__():
        if "code" in vars(one) or not one.__subclasses__():
            yield one
        yield from _subclasses(one)


def _order(name: str) -> tuple[int, str]:
    return _by_code()[name][0].default_status, name


def _meaning(errors: list[type[ApiError]]) -> str:
    meanings = [
        prose(inspect.cleandoc(error.__doc__ or "").split("\n\n:param")[0]) for error in errors
    ]
    if not all(meanings):
        raise ValueError(f"{errors} have no docstring that says when they are raised.")
    return " Or: ".join(dict.fromkeys(meanings))


def _statuses(name: str) -> str:
    """Return all statuses in descriptions and docstrings, the most common one first."""
    described = {
        int(status)
        for dialect in DIALECTS
        for item in description(dialect)["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
        for status, answer in operation["responses"].items()
        if f"`{name}`" in answer["description"]
    }
    errors = _by_code()[name]
    told = {int(status) for status in re.findall(r"\((\d{3})\)", _meaning(errors))}
    usual = errors[0].default_status
    return ", ".join(str(status) for status in [usual, *sorted((described | told) - {usual})])


def _added(name: str) -> str:
    """Return the fields beside code and message."""
    schemas: dict[str, Any] = description("v5")["components"]["schemas"]
    for schema in schemas.values():
        fields = schema.get("properties", {})
        if fields.get("code", {}).get("const") == name:
            return codes(field for field in fields if field not in USUAL)
    return ""
