"""What answers look like: JSON Schema (2020-12), each with an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sessions_api.http.openapi import samples

Schema = dict[str, Any]


@dataclass(frozen=True)
class Structure:
    """The body of an answer.

    :param item_id: where in it the id of a thing stands that other endpoints take in their path,
        as a JSON pointer (RFC 6901).
    """

    schema: Schema
    example: Any
    item_id: str | None = None


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema


def text(description: str = "", **keywords: Any) -> Schema:
    return _described({"type": "string", **keywords}, description)


def integer(description: str = "", **keywords: Any) -> Schema:
    return _described({"type": "integer", **keywords}, description)


def flag(description: str = "") -> Schema:
    return _described({"type": "boolean"}, description)


def nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def record(optional: Mapping[str, Schema] | None = None, /, **required: Schema) -> Schema:
    """An object with these fields."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


def outcome(body: Mapping[str, Any], **varying: Schema) -> Structure:
    """A body whose fields are always the same, but for those that vary."""
    fields = {name: varying.get(name, {"const": value}) for name, value in body.items()}
    return Structure(record(**fields), dict(body))


def listed(item: Schema, example: Any, *, key: str = "id") -> Structure:
    """A page of a list.

    :param key: the field of an item that is its id.
    """
    schema = record(
        count=integer("How many there are, on all pages.", minimum=0), items=array(item)
    )
    return Structure(schema, {"count": 1, "items": [example]}, item_id=f"/items/0/{key}")


COUNT = integer("How many this request ended or removed.", minimum=0)
SESSION_ID = integer("The session's id: the second in which it began.", minimum=1)
EXPIRY = integer("When it expires, in UNIX seconds.", format="int64")
SESSION_NAME = text("As its client named it, or else after the device.")
TIMESTAMP = text(format="date-time", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
BASE64URL = text(pattern="^[A-Za-z0-9_-]+$")
JWT = text(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
TOKEN = {**JWT, "description": "A JSON Web Token (RFC 7519), signed with ES256."}

SUCCESSFUL_AUTH = Structure(
    record(token=TOKEN, exp=EXPIRY), {"token": samples.TOKEN, "exp": samples.EXP}
)
