"""What answers look like: JSON Schema (2020-12), each with an example."""

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
    """The body of an answer.

    :param item_id: where in it the id of a thing stands that other endpoints take in their path,
        as a JSON pointer (RFC 6901).
    """

    schema: Schema
    example: Any
    item_id: str | None = None


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def shaped(shape: Shape[T], sample: T, *, item_id: str | None = None) -> Structure:
    """A body of a shape, with a sample of what is rendered."""
    return Structure(shape.schema, shape.render(sample), item_id)


def listed(shape: Shape[Page[T]], sample: T, *, key: str = "id") -> Structure:
    """A page of a list.

    :param key: the field of an item that is its id.
    """
    return shaped(shape, Page(1, [sample]), item_id=f"/items/0/{key}")


def outcome(body: Mapping[str, object], **varying: Schema) -> Structure:
    """A body whose fields are always the same, but for those that vary."""
    fields = {name: varying.get(name, {"const": value}) for name, value in body.items()}
    return Structure(object_of(**fields), dict(body))


SUCCESSFUL_AUTH = shaped(LOGGED_IN, (samples.SESSION, samples.TOKEN))
