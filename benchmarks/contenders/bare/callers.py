"""Callers of the bare view. Each requests a user by primary key."""

from benchmarks.contenders import people
from benchmarks.contenders.calls import Call


def fill(sessions: int) -> None:
    """Insert nothing: there are no sessions."""


def calls(count: int) -> list[Call]:
    return [Call(f"/users/{user.pk}") for user in people.callers(count)]
