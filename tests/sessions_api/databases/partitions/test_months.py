"""The months of partitions, and the names that carry them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sessions_api.databases.partitions import months

TABLE = "events"


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), date(2026, 2, 1)),
        # In UTC it is still January, or already March.
        (datetime(2026, 2, 1, 1, tzinfo=timezone(timedelta(hours=2))), date(2026, 1, 1)),
        (datetime(2026, 2, 28, 23, tzinfo=timezone(-timedelta(hours=2))), date(2026, 3, 1)),
    ],
)
def test_a_month_is_that_of_utc(moment: datetime, month: date) -> None:
    assert months.month_of(moment) == month


@pytest.mark.parametrize(
    ("number", "month"),
    [(0, (2026, 11)), (1, (2026, 12)), (2, (2027, 1)), (26, (2029, 1)), (-11, (2025, 12))],
)
def test_months_are_counted_over_the_year(number: int, month: tuple[int, int]) -> None:
    assert months.later(date(2026, 11, 1), number) == date(*month, 1)


def test_each_month_has_bounds_but_those_left_out() -> None:
    found = dict(
        months.bounds(TABLE, date(2026, 11, 1), date(2027, 1, 1), without={date(2026, 12, 1)})
    )
    assert found == {
        "events_2026_11": "FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00')",
        "events_2027_01": "FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00')",
    }
    assert dict(months.bounds(TABLE, date(2027, 1, 1), date(2026, 11, 1))) == {}


def test_names_are_read_back() -> None:
    names = [name for name, _ in months.bounds(TABLE, date(2026, 11, 1), date(2027, 1, 1))]
    others = [months.rest(TABLE), "events_archive", "other_2026_12"]
    assert months.read_months(TABLE, [*names, *others]) == {
        date(2026, 11, 1): "events_2026_11",
        date(2026, 12, 1): "events_2026_12",
        date(2027, 1, 1): "events_2027_01",
    }
