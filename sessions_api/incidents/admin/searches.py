"""The sessions that an incident is about, in words of the page's language."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.times import plain_time
from sessions_api.accounts.lookup import names_by_id
from sessions_api.models import SessionKind
from sessions_api.services.session_search import SessionSearch

#: What the criteria are called, in the order of the form.
LABELS = {
    "users": _("Users"),
    "network": _("IP address or network"),
    "location": _("Location"),
    "browser": _("Browser"),
    "device": _("Words of the device"),
    "created_after": _("Created from"),
    "created_before": _("Created before"),
    "used_after": _("Last used from"),
    "used_before": _("Last used before"),
    "dialect": _("Dialect of login"),
    "of_kind": _("Kind"),
    "session": _("Session ID"),
}


@dataclass(frozen=True)
class Criterion:
    """A criterion in words.

    :param value: it may be hostile, and of another direction than the page.
    """

    label: str
    value: str


@dataclass(frozen=True)
class Described:
    """A search in words.

    :param is_readable: whether this version can read it.
    :param is_for_everybody: whether nothing restricts it.
    """

    criteria: tuple[Criterion, ...] = ()
    is_readable: bool = True
    is_for_everybody: bool = False

    @property
    def in_full(self) -> Sequence[Criterion]:
        """The criteria, or one that says that it is for everybody."""
        if self.is_for_everybody:
            return [Criterion(gettext("Sessions"), gettext("Everybody's sessions"))]
        return self.criteria


def mark_of(*values: object) -> str:
    """Return a text that changes with values, by which a form says what its page has shown."""
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:16]


def described(search: SessionSearch | None) -> Described:
    """Describe a search. Takes a query if it names users."""
    return all_described([search])[0]


def all_described(searches: Sequence[SessionSearch | None]) -> list[Described]:
    """Describe searches, in their order. Takes a query if any of them names users."""
    names = names_by_id({key for one in searches if one for key in one.users or ()})
    return [
        Described(tuple(_criteria(one, names)), is_for_everybody=one.is_for_everybody)
        if one
        else Described(is_readable=False)
        for one in searches
    ]


def _criteria(search: SessionSearch, names: Mapping[str, str]) -> Iterator[Criterion]:
    defaults = {one.name: one.default for one in fields(search)}
    for name, label in LABELS.items():
        value = getattr(search, name)
        if value != defaults[name]:
            yield Criterion(str(label), _in_words(value, names))


def _in_words(value: object, names: Mapping[str, str]) -> str:
    match value:
        case datetime():
            return plain_time(value)
        case SessionKind():
            return str(value.label)
        case tuple():
            return ", ".join(names.get(key) or key for key in value)
    return str(value)
