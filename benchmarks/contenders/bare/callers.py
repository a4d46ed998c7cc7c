"""A caller asks for a user."""

from benchmarks.contenders import people
from benchmarks.contenders.calls import Call


def fill(sessions: int) -> None:
    """It has no sessions."""


def calls(count: int) -> list[Call]:
    return [Call(f"/users/{user.pk}") for user in people.callers(count)]
