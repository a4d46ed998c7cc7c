"""The template context of the front page: search, tasks, and charts of sessions and events."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.models import KillSwitch, SwitchFlip
from sessions_api.admin.overview.cards import Card, Counted, cards_of
from sessions_api.admin.overview.extensions import open_matters
from sessions_api.admin.overview.lists import NO_LIST, Lists
from sessions_api.admin.overview.numbers import Devices, Hours, Kind, read_numbers
from sessions_api.admin.overview.tasks import search_box, tasks
from sessions_api.models import AuditEvent, UserSession

#: Events that are counted. Those that are compared have the same scale.
EVENTS = ((Kind.LOGIN, Kind.LOGIN_FAILED), (Kind.SESSIONS_ENDED,))
#: What is counted, in words: at all, by hour and by day.
WORDS = {
    Kind.LOGIN: (_("Logins"), _("Logins per hour"), _("Logins per day")),
    Kind.LOGIN_FAILED: (
        _("Failed logins"),
        _("Failed logins per hour"),
        _("Failed logins per day"),
    ),
    Kind.SESSIONS_ENDED: (_("Ended sessions"), _("Sessions per hour"), _("Sessions per day")),
}

#: A column of sessions whose most common values are shown.
Column = Literal["browser", "os"]
COLUMNS: tuple[Column, ...] = ("browser", "os")


@dataclass(frozen=True)
class Share:
    """A common value of devices, with its number and percentage in the sample."""

    name: str
    number: int
    percent: int
    url: str


def overview(lists: Lists, current_app: str | None) -> dict[str, object]:
    """Return the template context of the front page: what needs care, the search, the tasks, and
    the pictures.

    :param current_app: the name of the admin site.
    """
    above = {
        "open_matters": list(open_matters(lists, current_app)),
        "search": search_box(lists, current_app),
        "tasks": tasks(lists, current_app),
    }
    return above | _pictures(lists)


def _pictures(lists: Lists) -> dict[str, object]:
    """Return the charts and tables; nothing for those who may view neither sessions nor events."""
    sessions = lists.get(UserSession, NO_LIST).url
    events = lists.get(AuditEvent, NO_LIST).url
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
        for compared in EVENTS:
            counted = [_counted(events, kind, numbers["events"][kind]) for kind in compared]
            cards += cards_of(counted)
        context["locations"] = [
            location | {"url": f"{events}{location['pk']}/change/"}
            for location in numbers["locations"]
        ]
        context["locations_url"] = _of_kind(events, Kind.NEW_LOCATION)
    if refused := numbers["refusals"]:
        cards += cards_of(_refused(lists, refused))
    return context | {"cards": cards, "lacks_refusals": refused is None}


def _of_kind(events: str, kind: str) -> str:
    return f"{events}?{urlencode({'kind__exact': kind})}"


def _counted(events: str, kind: Kind, hours: Hours) -> Counted:
    title, by_hour, by_day = map(str, WORDS[kind])
    rows = _of_kind(events, kind)
    return Counted(kind, title, (by_hour, by_day), hours, url=rows, rows=rows)


def _refused(lists: Lists, refused: dict[int, Hours]) -> list[Counted]:
    """Return the numbers of refusals.

    Single responses are not stored, so bars lead to what may have caused these.
    """
    units = (gettext("Responses per hour"), gettext("Responses per day"))
    events = lists.get(AuditEvent, NO_LIST).url
    flips = lists.get(SwitchFlip, NO_LIST).url
    too_many = Counted(
        "429",
        gettext("Too many requests (429)"),
        units,
        refused[429],
        rows=_of_kind(events, Kind.LOGIN_FAILED) if events else "",
        note=gettext(
            "Single responses are only in the access log. Bars lead to failed logins of that time."
        )
        if events
        else gettext("Single responses are only in the access log."),
    )
    closed = Counted(
        "503",
        gettext("Unavailable (503)"),
        units,
        refused[503],
        url=lists.get(KillSwitch, NO_LIST).url,
        rows=f"{flips}?{urlencode({'enabled__exact': 1})}" if flips else "",
        note=gettext(
            "Single responses are only in the access log. "
            "Bars lead to kill switches that were on at that time."
        )
        if flips
        else gettext("Single responses are only in the access log."),
    )
    return [too_many, closed]


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
