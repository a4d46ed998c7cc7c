"""The shape of an answer, declared once: both its rendering and its description follow from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from sessions_api.http.schemas import COUNT, Schema, array, integer, object_of

T = TypeVar("T")
W = TypeVar("W")
#: What is rendered: whatever renders any object renders a session as well.
T_contra = TypeVar("T_contra", contravariant=True)


@dataclass(frozen=True)
class Field(Generic[T_contra]):
    """One field of a body.

    :param get: finds its value in what is rendered.
    """

    schema: Schema
    get: Callable[[T_contra], object]


class Shape(Generic[T_contra]):
    """The fields of a body, in their order.

    Rendering calls each field's ``get`` and knows nothing of schemas.

    :param optional: fields that are left out where their value is None.
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
        """These fields of a part of something, and more fields of the whole."""

        def of_whole(field: Field[T_contra]) -> Field[W]:
            return Field(field.schema, lambda whole: field.get(part(whole)))

        fields = {name: of_whole(field) for name, field in self.fields.items()}
        return Shape(optional, **fields, **more)

    def array(self) -> Field[Iterable[T_contra]]:
        """A list of such things."""
        return Field(array(self.schema), lambda things: [self.render(one) for one in things])


def constant(value: object) -> Field[object]:
    """A field that never varies."""
    return Field({"const": value}, lambda thing: value)


#: Where a number of things is rendered: how many were ended or removed.
COUNTED: Field[int] = Field(COUNT, lambda count: count)


class Page(NamedTuple, Generic[T]):
    """Some of a list of things, and how many there are on all its pages."""

    total: int
    items: Iterable[T]


def page_of(item: Shape[T]) -> Shape[Page[T]]:
    items = item.array()
    return Shape(
        count=Field(
            integer("How many there are, on all pages.", minimum=0), lambda page: page.total
        ),
        items=Field(items.schema, lambda page: items.get(page.items)),
    )


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds and ``Z``."""
    # Its offset, "+00:00", is cut off.
    return moment.astimezone(UTC).isoformat("T", "milliseconds")[:-6] + "Z"


def unix_seconds(moment: datetime) -> int:
    return int(moment.timestamp())
