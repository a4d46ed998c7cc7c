"""Numbers as pages show them: of incidents, and of sessions, also if they were not counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from sessions_api.databases.sizes import about, grouped, more_than
from sessions_api.incidents.models import Incident, SignOut
from sessions_api.incidents.services.previews import CommonValue, Preview
from sessions_api.services.session_previews import COUNTED

#: The columns of a preview whose most frequent values are shown.
COLUMNS = ("locations", "browsers", "dialects")


@dataclass(frozen=True)
class Common:
    """The most frequent values of a column, with their numbers in words."""

    title: str
    values: Sequence[tuple[str, str]]


def numbered(incident: Incident) -> str:
    """Return the name of an incident with its number, since two may have the same name."""
    return f"{incident.name} ({incident.pk})"


def number_of(sessions: int | None, estimated: int) -> str:
    """Return a number of sessions in words; None if it was not counted."""
    if sessions is not None:
        return grouped(sessions)
    return about(estimated) if estimated else more_than(COUNTED)


def previewed(data: Mapping[str, object]) -> str:
    """Return the number of sessions that a stored preview has shown, in words."""
    sessions, estimated = data.get("sessions"), data.get("estimated")
    return number_of(
        sessions if isinstance(sessions, int) else None,
        estimated if isinstance(estimated, int) else 0,
    )


@dataclass(frozen=True)
class Stored:
    """What the stored preview of a sign-out has shown, in words; empty if there is nothing to say.

    :param spares_uncounted: whether sessions of superusers were spared, and not counted.
    """

    sessions: str
    users: str
    skipped: str
    spares_uncounted: bool
    own: str
    commons: Sequence[Common]


def stored(sign_out: SignOut) -> Stored:
    """Return what the preview of a sign-out has shown."""
    data = sign_out.preview
    return Stored(
        sessions=previewed(data),
        users=_positive(data, "users"),
        skipped=_positive(data, "skipped"),
        spares_uncounted=data.get("skipped", 0) is None,
        own=_positive(data, "own"),
        commons=_commons(
            *(
                [CommonValue(one["value"], one["sessions"]) for one in data.get(key, ())]
                for key in COLUMNS
            )
        ),
    )


def commons(shown: Preview) -> list[Common]:
    """Return the most frequent values of a preview, by column."""
    return _commons(shown.locations, shown.browsers, shown.dialects)


def _commons(*columns: Sequence[CommonValue]) -> list[Common]:
    titles = (gettext("Locations"), gettext("Browsers"), gettext("Dialects"))
    return [
        Common(title, list(_values(values)))
        for title, values in zip(titles, columns, strict=True)
        if values
    ]


def _positive(data: Mapping[str, object], key: str) -> str:
    number = data.get(key)
    return grouped(number) if isinstance(number, int) and number else ""


def _values(values: Sequence[CommonValue]) -> Iterator[tuple[str, str]]:
    for one in values:
        yield one.value or gettext("Unknown"), grouped(one.sessions)
