"""Response bodies: a JSON Schema (2020-12) and an example for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sessions_api.http.openapi import samples
from sessions_api.http.schemas import Schema, object_of
from sessions_api.http.shapes import Page, Shape
from sessions_api.http.viewsets.login import LOGGED_IN

T = TypeVar("T")


@dataclass(frozen=True)
class Structure:
    """The body of a response.

    :param schema: its JSON Schema.
    :param example: a body that matches the schema.
    :param item_id: a JSON pointer (RFC 6901) to the id that other endpoints take in their path;
        None if there is none.
    """

    schema: Schema
    example: Any
    item_id: str | None = None


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def shaped(shape: Shape[T], sample: T, *, item_id: str | None = None) -> Structure:
    """Return the structure of a shape.

    :param sample: the object to render as the example.
    """
    return Structure(shape.schema, shape.render(sample), item_id)


def listed(shape: Shape[Page[T]], sample: T, *, key: str = "id") -> Structure:
    """Return the structure of a page of a list.

    :param sample: the only object on the example page.
    :param key: the field with the id of an item.
    """
    return shaped(shape, Page(1, [sample]), item_id=f"/items/0/{key}")


def outcome(body: Mapping[str, object], **varying: Schema) -> Structure:
    """Return the structure of a body with constant fields.

    :param body: the example.
    :param varying: the schemas of the fields that are not constant.
    """
    fields = {name: varying.get(name, {"const": value}) for name, value in body.items()}
    return Structure(object_of(**fields), dict(body))


SUCCESSFUL_AUTH = shaped(LOGGED_IN, (samples.SESSION, samples.TOKEN))
