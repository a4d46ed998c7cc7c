"""Parsing of path segments and query strings."""

import re

from rest_framework.request import Request

MAX_PAGE = 50


def parse_id(text: str) -> int | None:
    """Return the id that a text represents, or None if it cannot be an id.

    Only the canonical form is valid: "007" is not the id 7. A number with more than 18 digits may
    not fit into a column.
    """
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,17}", text) else None


def flag(request: Request, *names: str) -> bool:
    """Return whether one of the query parameters is ``true``, ``1``, ``yes`` or ``on``."""
    return any(request.GET.get(name, "").lower() in {"true", "1", "yes", "on"} for name in names)


def page(request: Request) -> slice:
    """Return the slice for ``limit`` and ``offset``. Invalid values count as the default."""
    limit, offset = _number(request.GET.get("limit")), _number(request.GET.get("offset")) or 0
    if limit is None or limit > MAX_PAGE:
        limit = MAX_PAGE
    return slice(offset, offset + limit)


def _number(text: str | None) -> int | None:
    """Return a non-negative integer, or None for any other text.

    Longer numbers are cut to 18 digits: no table has that many rows, and the database accepts the
    number.
    """
    if text is None or not re.fullmatch(r"[0-9]+", text):
        return None
    return int(text.lstrip("0")[:18] or "0")
