"""Periods as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from killswitches.periods import period_text, read_period

BEGIN = datetime(2026, 11, 28, 14, tzinfo=UTC)
END = BEGIN + timedelta(hours=1)
TEXT = "2026-11-28T14:00Z/2026-11-28T15:00Z"


def test_a_period_is_read_as_it_was_written() -> None:
    assert period_text(BEGIN, END) == TEXT
    assert read_period(TEXT) == (BEGIN, END)


def test_it_is_written_in_utc_and_read_in_any_zone() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    assert period_text(BEGIN.astimezone(india), END) == TEXT
    assert read_period("2026-11-28T19:30+05:30/2026-11-28T15:00Z") == (BEGIN, END)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "x/y",
        TEXT.partition("/")[0],
        f"{TEXT}/{TEXT}",
        "2026-11-28T15:00Z/2026-11-28T14:00Z",
        "2026-11-28T14:00Z/2026-11-28T14:00Z",
        "2026-11-28T14:00/2026-11-28T15:00",
        "2026-11-28T14:00Z/2026-11-28T15:00",
        "2026-11-28T14:00/2026-11-28T15:00Z",
        "0001-01-01T00:00+14:00/2026-11-28T15:00Z",
        "2026-11-28T14:00Z/9999-12-31T23:59-14:00",
        "2026-13-28T14:00Z/2026-14-28T15:00Z",
        "\x00",
        "9" * 10_000,
    ],
)
def test_what_is_no_period(text: str) -> None:
    assert read_period(text) is None
