"""Choices that other apps extend, such as the kinds of audit events."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from django.db.models import TextChoices

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The longest value that a column takes.
LONGEST = 32


class OpenChoices:
    """The choices of this app, and those that other apps register.

    :param own: those of this app.
    :param taken: further values that nobody else may have.
    """

    def __init__(self, own: type[TextChoices], *, taken: Collection[str] = ()) -> None:
        self._classes: list[type[TextChoices]] = [own]
        self._taken = frozenset(taken)

    def register(self, choices: type[TextChoices]) -> None:
        """Add the choices of an app. Call this from the ``ready()`` method of its configuration.

        :raises ValueError: a value is somebody else's, is empty, or is longer than 32 characters.
        """
        if choices in self._classes:
            return
        for member in choices:
            if not 0 < len(member.value) <= LONGEST:
                raise ValueError(f"{member!r} must have 1 to {LONGEST} characters.")
            if member.value in self or member.value in self._taken:
                raise ValueError(f"{member!r} has a value that is taken.")
        self._classes.append(choices)

    def require(self, member: TextChoices) -> None:
        """Check that a choice is one of these.

        :raises LookupError: its class is not registered.
        """
        if type(member) not in self._classes:
            raise LookupError(f"{type(member).__qualname__} is not registered.")

    def __iter__(self) -> Iterator[TextChoices]:
        for choices in self._classes:
            yield from choices

    def __contains__(self, value: object) -> bool:
        return any(value == member.value for member in self)

    @property
    def labelled(self) -> "list[tuple[str, StrOrPromise]]":
        """The values with their labels, as the ``choices`` of a field."""
        return [(member.value, member.label) for member in self]
