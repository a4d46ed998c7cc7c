"""Numbers of a preview in words, also where the sessions were not counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from sessions_api.databases.sizes import about, grouped, more_than
from sessions_api.incidents.services.previews import CommonValue, Preview
from sessions_api.services.session_previews import COUNTED


@dataclass(frozen=True)
class Common:
    """The most frequent values of a column, with their numbers in words."""

    title: str
    values: Sequence[tuple[str, str]]


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


def commons(shown: Preview) -> list[Common]:
    """Return the most frequent values of a preview, by column."""
    columns = (
        (gettext("Locations"), shown.locations),
        (gettext("Browsers"), shown.browsers),
        (gettext("Dialects"), shown.dialects),
    )
    return [Common(title, list(_values(values))) for title, values in columns if values]


def _values(values: Sequence[CommonValue]) -> Iterator[tuple[str, str]]:
    for one in values:
        yield one.value or gettext("Unknown"), grouped(one.sessions)
