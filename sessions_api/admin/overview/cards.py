"""The cards of the overview: numbers over time, by hour and by day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext

from killswitches.periods import midnight, period_text
from killswitches.times import plain_time
from sessions_api.admin.overview.charts import BarChart, Point
from sessions_api.admin.overview.numbers import Hours
from sessions_api.statistics import HOUR

SHOWN_HOURS = 24
SHOWN_DAYS = 14
#: How many hours and days are between two marks on the axis.
HOURS_APART, DAYS_APART = 6, 7

HOUR_LONG = timedelta(hours=1)
DAY_LONG = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """What a card counts.

    :param title: what it is.
    :param units: what its axes count, by hour and by day.
    :param hours: the numbers.
    :param url: the list that shows it; empty if there is none that the user may view.
    :param rows: the list of what was counted, to which a period is added; empty if there is none.
    :param note: what to know about the bars.
    """

    slug: str
    title: str
    units: tuple[str, str]
    hours: Hours
    url: str = ""
    rows: str = ""
    note: str = ""

    def rows_of(self, begin: datetime, end: datetime) -> str:
        """Return the list of what was counted in a period."""
        return f"{self.rows}&{urlencode({'between': period_text(begin, end)})}" if self.rows else ""


@dataclass(frozen=True)
class Card:
    """Numbers over time, as a chart by hour and one by day.

    :param others: the titles of the cards with the same scale.
    :param note: what to know about the bars.
    """

    slug: str
    title: str
    url: str
    charts: Sequence[BarChart]
    others: Sequence[str]
    note: str

    @property
    def zone(self) -> str:
        """The name of the time zone of the days, and of hours that are not in the viewer's."""
        return timezone.localtime().tzname() or ""


def cards_of(compared: Sequence[Counted]) -> Iterable[Card]:
    """Yield the cards of numbers that are compared, which have the same scale."""
    by_hour = [_by_hour(one) for one in compared]
    by_day = [_by_day(one) for one in compared]
    most_by_hour, most_by_day = _most(by_hour), _most(by_day)
    for one, hours, days in zip(compared, by_hour, by_day, strict=True):
        names = {"title": one.title}
        charts = [
            BarChart(
                f"{one.slug}-hours",
                gettext("%(title)s by hour") % names,
                gettext("Last 24 hours"),
                one.units[0],
                hours,
                HOURS_APART,
                most_by_hour,
            ),
            BarChart(
                f"{one.slug}-days",
                gettext("%(title)s by day") % names,
                gettext("Last 14 days"),
                one.units[1],
                days,
                DAYS_APART,
                most_by_day,
            ),
        ]
        others = [other.title for other in compared if other is not one]
        yield Card(one.slug, one.title, one.url, charts, others, one.note)


def _most(rows: Iterable[Sequence[Point]]) -> int:
    return max(1, *(point.number for row in rows for point in row))


def _by_hour(counted: Counted) -> list[Point]:
    running = int(timezone.now().timestamp()) // HOUR
    newest = range(running - SHOWN_HOURS + 1, running + 1)
    begins = [datetime.fromtimestamp(hour * HOUR, UTC) for hour in newest]
    return [
        Point(
            label=plain_time(begin),
            mark=f"{timezone.localtime(begin):%H:%M}",
            number=counted.hours.get(hour, 0),
            moment=begin,
            url=counted.rows_of(begin, begin + HOUR_LONG),
        )
        for hour, begin in zip(newest, begins, strict=True)
    ]


def _by_day(counted: Counted) -> list[Point]:
    today = timezone.localdate()
    days = [today - DAY_LONG * ago for ago in reversed(range(SHOWN_DAYS))]
    numbers: dict[date, int] = dict.fromkeys(days, 0)
    for hour, number in counted.hours.items():
        day = timezone.localtime(datetime.fromtimestamp(hour * HOUR, UTC)).date()
        if day in numbers:
            numbers[day] += number
    return [
        Point(
            label=f"{day:%Y-%m-%d}",
            mark=f"{day:%m-%d}",
            number=number,
            url=counted.rows_of(midnight(day), midnight(day + DAY_LONG)),
        )
        for day, number in numbers.items()
    ]
