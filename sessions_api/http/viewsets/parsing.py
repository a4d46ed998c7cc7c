"""Reading what stands in paths and query strings."""

import re

from rest_framework.request import Request

MAX_PAGE = 50


def parse_id(text: str) -> int | None:
    """The id that a text names; None where nothing can have it.

    Only the canonical form counts: "007" is not the id 7. More digits than 18 fit no column.
    """
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,17}", text) else None


def flag(request: Request, *names: str) -> bool:
    """Whether one of the query parameters says yes; anything but a clear yes is a no."""
    return any(request.GET.get(name, "").lower() in {"true", "1", "yes", "on"} for name in names)


def page(request: Request) -> slice:
    """What ``limit`` and ``offset`` ask for; what they may not be counts as the default."""
    limit, offset = _number(request.GET.get("limit")), _number(request.GET.get("offset")) or 0
    if limit is None or limit > MAX_PAGE:
        limit = MAX_PAGE
    return slice(offset, offset + limit)


def _number(text: str | None) -> int | None:
    """A whole number; None for anything else.

    Numbers are cut to 18 digits: no table holds that many rows, and every column holds the number.
    """
    if text is None or not re.fullmatch(r"[0-9]+", text):
        return None
    return int(text.lstrip("0")[:18] or "0")
