"""Choices that apps extend."""

import pytest
from django.db.models import TextChoices

from sessions_api.choices import OpenChoices


class Ours(TextChoices):
    ONE = "one", "The first"


class Theirs(TextChoices):
    TWO = "two", "The second"


def test_those_of_all_apps_in_order() -> None:
    choices = OpenChoices(Ours)
    choices.register(Theirs)
    choices.register(Theirs)
    assert list(choices) == [Ours.ONE, Theirs.TWO]
    assert choices.labelled == [("one", "The first"), ("two", "The second")]
    assert "two" in choices
    assert "three" not in choices
    choices.require(Theirs.TWO)


@pytest.mark.parametrize("value", ["one", "mine", "", "x" * 33])
def test_values_that_nobody_else_may_have(value: str) -> None:
    choices = OpenChoices(Ours, taken=["mine"])
    others = TextChoices("Others", [("TWO", "two"), ("WRONG", value)])  # type: ignore[misc]
    with pytest.raises(ValueError, match="WRONG"):
        choices.register(others)
    assert list(choices) == [Ours.ONE]


def test_what_is_not_registered() -> None:
    with pytest.raises(LookupError, match="Theirs is not registered"):
        OpenChoices(Ours).require(Theirs.TWO)
