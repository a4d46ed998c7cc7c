"""The format of times in the admin."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from killswitches.times import full_time

NOON = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_times_have_the_same_form_in_every_language(language: str) -> None:
    with translation.override(language), timezone.override("Europe/Vienna"):
        text = '<time datetime="2026-07-01T14:00:05+02:00">2026-07-01 14:00:05 CEST</time>'
        assert full_time(NOON) == text


def test_none_is_empty() -> None:
    assert full_time(None) == ""
