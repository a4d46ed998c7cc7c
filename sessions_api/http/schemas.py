"""Helpers that build the JSON Schemas (2020-12) of request and response bodies."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema


def text(description: str = "", **keywords: object) -> Schema:
    return _described({"type": "string", **keywords}, description)


def integer(description: str = "", **keywords: object) -> Schema:
    return _described({"type": "integer", **keywords}, description)


def flag(description: str = "") -> Schema:
    return _described({"type": "boolean"}, description)


def nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def object_of(optional: Mapping[str, Schema] | None = None, /, **required: Schema) -> Schema:
    """Return the schema of an object.

    :param optional: the schemas of optional fields, by name.
    :param required: the schemas of required fields, by name.
    """
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


COUNT = integer("The number of objects that this request ended or removed.", minimum=0)
EXPIRY = integer("The expiry time, in UNIX seconds.", format="int64")
TIMESTAMP = text(format="date-time", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
BASE64URL = text(pattern="^[A-Za-z0-9_-]+$")
JWT = text(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
TOKEN = {**JWT, "description": "A JSON Web Token (RFC 7519), signed with ES256."}
