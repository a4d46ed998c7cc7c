"""The format of times in the admin."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format

from killswitches.relative_times import since_time, spoken_time
from killswitches.times import FORM, full_time, plain_time

NOON = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_times_have_the_same_form_in_every_language(language: str) -> None:
    with translation.override(language), timezone.override("Europe/Vienna"):
        text = (
            '<time datetime="2026-07-01T14:00:05+02:00" dir="auto">2026-07-01 14:00:05 CEST</time>'
        )
        assert full_time(NOON) == text


def test_none_is_empty() -> None:
    assert full_time(None) == ""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
@pytest.mark.parametrize("moment", [NOON, datetime(812, 3, 4, 5, 6, 7, 999_999, tzinfo=UTC)])
def test_the_format_is_also_known_to_django(moment: datetime, zone: str) -> None:
    with timezone.override(zone):
        assert plain_time(moment) == date_format(timezone.localtime(moment), FORM, use_l10n=False)


@pytest.mark.parametrize(
    ("moment", "zone"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "America/St_Johns"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "Asia/Kathmandu"),
    ],
)
def test_what_the_zone_cannot_represent_is_in_utc(moment: datetime, zone: str) -> None:
    with timezone.override(zone):
        text = f"{moment:%m-%d %H:%M:%S} UTC"
        assert plain_time(moment).endswith(text)
        for shown in (full_time(moment), spoken_time(moment), since_time(moment)):
            assert text in shown
