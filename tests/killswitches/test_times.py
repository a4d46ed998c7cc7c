"""Times as the admin shows them."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from killswitches.times import full_time

NOON = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_they_have_one_form_and_the_zone_of_the_page(language: str) -> None:
    with translation.override(language), timezone.override("Europe/Vienna"):
        text = '<time datetime="2026-07-01T14:00:05+02:00">2026-07-01 14:00:05 CEST</time>'
        assert full_time(NOON) == text


def test_there_may_be_none() -> None:
    assert full_time(None) == ""
