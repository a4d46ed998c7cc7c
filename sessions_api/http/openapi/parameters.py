"""Parameter Objects for paths, query strings and headers."""

import re

from killswitches.registry import registry
from sessions_api.callers.session_names import NAME_LENGTH
from sessions_api.http.openapi import samples
from sessions_api.http.schemas import Schema, flag, integer, text
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.parsing import MAX_PAGE

#: The largest valid id (18 digits).
MAX_ID = 10**18 - 1


def query(name: str, schema: Schema, description: str) -> dict[str, object]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


LIMIT = query(
    "limit",
    integer(default=MAX_PAGE),
    f"The maximum number of items: 0 to {MAX_PAGE}. Other values count as the default.",
)
OFFSET = query(
    "offset",
    integer(default=0),
    "The number of newest items to skip: 0 or more. Other values count as the default.",
)
PAGE = (LIMIT, OFFSET)

SESSION_NAME = {
    "name": "X-Session-Name",
    "in": "header",
    "schema": text(),
    "description": (
        f"The new session's name: 1 to {NAME_LENGTH} printable characters in UTF-8 or Latin-1. "
        "If it is absent or invalid, the session is named after its device."
    ),
    "example": "My terminal",
}

#: Read with every request, but described only for operations with a body. For an operation with
#: several content types and no optional parameter, openapi-python-client 0.29 generates a module
#: that fails to import.
USER_AGENT = {
    "name": "User-Agent",
    "in": "header",
    "schema": text(),
    "description": (
        "The client's device. A new session without a name is named after it, and the audit log "
        "records it with each event."
    ),
    "example": "BackupScript/1.2",
}

#: The name that some clients of v3 and v4 use.
TOKEN_NAME = {
    **SESSION_NAME,
    "name": "X-Token-Name",
    "description": "The same as `X-Session-Name`, which takes precedence.",
}


def yes(name: str, description: str) -> dict[str, object]:
    """Return the Parameter Object of a boolean query parameter.

    :param description: a sentence that begins with "Whether".
    """
    schema = {**flag(), "default": False}
    return query(name, schema, f"{description} `true`, `1`, `yes` and `on` mean yes, others no.")


INCLUDE_SELF = (
    yes("include-self", "Whether to end the current session too."),
    yes("includeSelf", "The same as `include-self`."),
)
END_OTHER_SESSIONS = yes("end-other-sessions", "Whether to end the owner's other sessions too.")


def variables(path: str) -> list[str]:
    """Return the names of the variables in a path template, in order."""
    return re.findall(r"{(\w+)}", path)


def in_path(view: ApiViewSet, name: str) -> dict[str, object]:
    """Return the Parameter Object of a path variable.

    :param name: the name of its group in the route.
    :raises KeyError: neither the viewset nor this app has a group of this name.
    """
    if name in view.path_schemas:
        own = view.path_schemas[name]
        return {"name": name, "in": "path", "required": True, "schema": own}
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
