"""Response shapes: declared once, used both to render bodies and to describe them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from sessions_api.http.schemas import COUNT, Schema, array, integer, object_of

T = TypeVar("T")
W = TypeVar("W")
#: The rendered object. Contravariant: a field that renders any object also renders a session.
T_contra = TypeVar("T_contra", contravariant=True)


@dataclass(frozen=True)
class Field(Generic[T_contra]):
    """A field of a body.

    :param schema: its JSON Schema.
    :param get: returns its value for the rendered object.
    """

    schema: Schema
    get: Callable[[T_contra], object]


class Shape(Generic[T_contra]):
    """The fields of a body, in order.

    :param optional: fields that are left out if their value is None.
    :param fields: fields that are always present, by name.
    """

    def __init__(
        self, optional: dict[str, Field[T_contra]] | None = None, /, **fields: Field[T_contra]
    ) -> None:
        self.fields = fields
        self._getters = [(name, field.get) for name, field in fields.items()]
        self._optional = [(name, field.get) for name, field in (optional or {}).items()]
        self.schema = object_of(
            {name: field.schema for name, field in (optional or {}).items()},
            **{name: field.schema for name, field in fields.items()},
        )

    def render(self, thing: T_contra) -> dict[str, object]:
        body = {name: get(thing) for name, get in self._getters}
        for name, get in self._optional:
            if (value := get(thing)) is not None:
                body[name] = value
        return body

    def of(
        self,
        part: Callable[[W], T_contra],
        optional: dict[str, Field[W]] | None = None,
        /,
        **more: Field[W],
    ) -> "Shape[W]":
        """Return a shape for an object of which one part has these fields.

        :param part: returns that part of the object.
        :param optional: optional fields of the object itself.
        :param more: further fields of the object itself.
        """

        def of_whole(field: Field[T_contra]) -> Field[W]:
            return Field(field.schema, lambda whole: field.get(part(whole)))

        fields = {name: of_whole(field) for name, field in self.fields.items()}
        return Shape(optional, **fields, **more)

    def array(self) -> Field[Iterable[T_contra]]:
        """Return a field that renders a list of objects of this shape."""
        return Field(array(self.schema), lambda things: [self.render(one) for one in things])


def constant(value: object) -> Field[object]:
    """Return a field that always has the same value."""
    return Field({"const": value}, lambda thing: value)


#: The field for a plain number: how many objects were ended or removed.
COUNTED: Field[int] = Field(COUNT, lambda count: count)


class Page(NamedTuple, Generic[T]):
    """A page of a list.

    :param total: the number of objects on all pages.
    :param items: the objects on this page.
    """

    total: int
    items: Iterable[T]


def page_of(item: Shape[T]) -> Shape[Page[T]]:
    items = item.array()
    return Shape(
        count=Field(integer("The total number, on all pages.", minimum=0), lambda page: page.total),
        items=Field(items.schema, lambda page: items.get(page.items)),
    )


def timestamp(moment: datetime) -> str:
    """Return an aware datetime in ISO 8601, in UTC, with milliseconds and ``Z``."""
    # Cuts off the offset, "+00:00".
    return moment.astimezone(UTC).isoformat("T", "milliseconds")[:-6] + "Z"


def unix_seconds(moment: datetime) -> int:
    return int(moment.timestamp())
