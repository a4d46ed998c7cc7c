"""What stands in paths, query strings and headers: Parameter Objects."""

import re

from killswitches.registry import registry
from sessions_api.callers.session_names import NAME_LENGTH
from sessions_api.http.openapi import samples
from sessions_api.http.schemas import Schema, flag, integer, text
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.parsing import MAX_PAGE

#: The largest id that is read as one (18 digits).
MAX_ID = 10**18 - 1


def query(name: str, schema: Schema, description: str) -> dict[str, object]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


LIMIT = query(
    "limit",
    integer(default=MAX_PAGE),
    f"How many to list at most: 0 to {MAX_PAGE}. Anything else counts as the default.",
)
OFFSET = query(
    "offset",
    integer(default=0),
    "How many of the newest to leave out: 0 or more. Anything else counts as the default.",
)
PAGE = (LIMIT, OFFSET)

SESSION_NAME = {
    "name": "X-Session-Name",
    "in": "header",
    "schema": text(),
    "description": (
        f"The new session's name: 1 to {NAME_LENGTH} printable characters in UTF-8 or Latin-1. "
        "Without it, or where it is no such name, the session is named after its device."
    ),
    "example": "My terminal",
}

#: Read with every request, and described where a body is: of an operation with several kinds of
#: body and no optional parameter openapi-python-client 0.29 makes a module that fails to import.
USER_AGENT = {
    "name": "User-Agent",
    "in": "header",
    "schema": text(),
    "description": (
        "The device. A new session that is given no name is named after it, and the audit trail "
        "keeps it with what was done."
    ),
    "example": "BackupScript/1.2",
}

#: As some clients of v3 and v4 call it.
TOKEN_NAME = {
    **SESSION_NAME,
    "name": "X-Token-Name",
    "description": "The same as `X-Session-Name`, which goes before it.",
}


def yes(name: str, description: str) -> dict[str, object]:
    """A query parameter that says yes or, as anything but a clear yes does, no."""
    schema = {**flag(), "default": False}
    return query(name, schema, f"{description} Anything but `true`, `1`, `yes` and `on` is a no.")


INCLUDE_SELF = (
    yes("include-self", "Whether the current session ends too."),
    yes("includeSelf", "The same as `include-self`."),
)
END_OTHER_SESSIONS = yes("end-other-sessions", "Whether the owner's other sessions end too.")


def variables(path: str) -> list[str]:
    """The names of the variables in a path template, in their order."""
    return re.findall(r"{(\w+)}", path)


def in_path(view: ApiViewSet, name: str) -> dict[str, object]:
    """A part of the path, by the name of its group in the route.

    :raises KeyError: for a name that no route of this app has.
    """
    schema, example, description = {
        "uid": (text(minLength=1, pattern="^[^/]+$"), samples.USER_ID, "A user's id."),
        "sid": _session_id(view),
        "factor_id": (integer(minimum=1, maximum=MAX_ID), 1, "A second factor's id."),
        "number": (
            integer(enum=[switch.number for switch in registry]),
            1,
            "A kill switch's number.",
        ),
    }[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": schema,
        "example": example,
        "description": description,
    }


def _session_id(view: ApiViewSet) -> tuple[Schema, int, str]:
    schema = integer(minimum=1, maximum=MAX_ID)
    alias = getattr(view, "current_alias", None)
    if alias is None:
        return schema, samples.SESSION.sid, "A session's id."
    description = f"A session's id, or `{alias}` for the current one."
    return {"anyOf": [schema, {"const": alias}]}, samples.SESSION.sid, description
