"""The template context of the overview: charts and tables about sessions and events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.models import KillSwitch
from killswitches.times import plain_time
from sessions_api.admin.overview.charts import BarChart
from sessions_api.admin.overview.numbers import Devices, Hours, Kind, read_numbers
from sessions_api.models import AuditEvent, UserSession
from sessions_api.statistics import HOUR

SHOWN_HOURS = 24
SHOWN_DAYS = 14

EVENTS = (
    (Kind.LOGIN, _("Logins")),
    (Kind.LOGIN_FAILED, _("Failed logins")),
    (Kind.SESSIONS_ENDED, _("Ended sessions")),
)
#: A column of sessions whose most common values are shown.
Column = Literal["browser", "os"]
COLUMNS: tuple[Column, ...] = ("browser", "os")


@dataclass(frozen=True)
class Card:
    """Numbers over time, as a chart by hour and one by day.

    :param url: the list that they count; empty if there is none that the user may view.
    """

    slug: str
    title: str
    url: str
    charts: Sequence[BarChart]


@dataclass(frozen=True)
class Share:
    """A common value of devices, with its number and percentage in the sample."""

    name: str
    number: int
    percent: int
    url: str


def overview(available_apps: Iterable[dict[str, Any]]) -> dict[str, object]:
    """Return the template context of the overview.

    :param available_apps: the models that the user may view, as in the context of admin pages.
    :returns: empty if they include neither sessions nor audit events.
    """
    lists = _lists(available_apps)
    sessions, events = lists.get(UserSession), lists.get(AuditEvent)
    names = [
        *(["active", "devices"] if sessions else []),
        *(["events", "locations"] if events else []),
    ]
    if not names:
        return {}
    numbers = read_numbers([*names, "refusals"])
    cards: list[Card] = []
    context: dict[str, object] = {}
    if sessions:
        qualifier, number = numbers["active"]
        context["active"] = {
            "number": number,
            "qualifier": qualifier,
            "url": f"{sessions}?{urlencode({'state': 'active'})}",
        }
        context["sample"] = numbers["devices"]["sample"]
        titles = {"browser": gettext("Browsers"), "os": gettext("Operating systems")}
        context["devices"] = [
            (column, titles[column], _shares(numbers["devices"], column, sessions))
            for column in COLUMNS
        ]
    if events:
        cards += [
            _card(kind, str(title), _of_kind(events, kind), numbers["events"][kind])
            for kind, title in EVENTS
        ]
        context["locations"] = [
            location | {"url": f"{events}{location['pk']}/change/"}
            for location in numbers["locations"]
        ]
        context["locations_url"] = _of_kind(events, Kind.NEW_LOCATION)
    if refused := numbers["refusals"]:
        cards += [
            _card("429", gettext("Too many requests (429)"), "", refused[429]),
            _card(
                "503",
                gettext("Unavailable (503)"),
                lists.get(KillSwitch) or "",
                refused[503],
            ),
        ]
    return context | {"cards": cards, "lacks_refusals": refused is None}


def _lists(available_apps: Iterable[dict[str, Any]]) -> dict[type[Model], str | None]:
    """Return the URLs of lists by model; None if the user may not view the list."""
    return {entry["model"]: entry["admin_url"] for app in available_apps for entry in app["models"]}


def _of_kind(events: str, kind: str) -> str:
    return f"{events}?{urlencode({'kind__exact': kind})}"


def _card(slug: str, title: str, url: str, hours: Hours) -> Card:
    now = timezone.localtime()
    running = int(now.timestamp()) // HOUR
    newest = range(running - SHOWN_HOURS + 1, running + 1)
    by_hour = [(plain_time(_moment(hour)), hours.get(hour, 0)) for hour in newest]
    days = [now.date() - timedelta(days=ago) for ago in reversed(range(SHOWN_DAYS))]
    by_day: dict[date, int] = dict.fromkeys(days, 0)
    for hour, number in hours.items():
        if (day := _local(hour).date()) in by_day:
            by_day[day] += number
    names = {"title": title}
    charts = [
        BarChart(
            f"{slug}-hours", gettext("%(title)s by hour") % names, gettext("Last 24 hours"), by_hour
        ),
        BarChart(
            f"{slug}-days",
            gettext("%(title)s by day") % names,
            gettext("Last 14 days"),
            [(f"{day:%Y-%m-%d}", number) for day, number in by_day.items()],
        ),
    ]
    return Card(slug, title, url, charts)


def _local(hour: int) -> datetime:
    return timezone.localtime(_moment(hour))


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR, UTC)


def _shares(devices: Devices, column: Column, sessions: str) -> list[Share]:
    return [
        Share(
            name=name or gettext("Unknown"),
            number=number,
            percent=round(100 * number / devices["sample"]),
            url=f"{sessions}?{urlencode([(column, name)])}",
        )
        for name, number in devices[column]
    ]
