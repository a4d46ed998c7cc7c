"""Callers of Simple JWT. Each has an access token."""

from rest_framework_simplejwt.tokens import AccessToken

from benchmarks.contenders import people
from benchmarks.contenders.calls import Call


def fill(sessions: int) -> None:
    """Insert nothing: there are no sessions."""


def calls(count: int) -> list[Call]:
    return [
        Call("/session", {"Authorization": f"Bearer {AccessToken.for_user(user)}"})
        for user in people.callers(count)
    ]
