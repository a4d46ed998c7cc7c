"""The timeline of an incident, with links to what the user may view."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from killswitches.conditions.conditions import stored_conditions
from killswitches.conditions.wording import in_words
from killswitches.models import KillSwitch
from killswitches.registry import registry
from killswitches.times import plain_time
from sessions_api.admin.links import may_view, page_url, user_url
from sessions_api.incidents.admin.outcomes import Outcome, outcome_of
from sessions_api.incidents.admin.searches import Criterion, all_described
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services.changes import Changes
from sessions_api.incidents.services.timeline import Entry, ends_at, timeline
from sessions_api.models import AuditEvent, BulkSignOut


@dataclass(frozen=True)
class Link:
    """A link to what an entry is about."""

    text: str
    url: str


@dataclass(frozen=True)
class Line:
    """An entry of the timeline, with links.

    :param subject_url: the page of the user that it was done to; empty if it cannot be viewed.
    :param limits: for whom a kill switch was turned on, and until when, in words.
    :param changes: what of the incident was changed, in words.
    :param outcome: what became of the sign-out; None for other entries.
    """

    entry: Entry
    subject_url: str = ""
    links: Sequence[Link] = field(default=())
    limits: str = ""
    changes: Sequence[Criterion] = field(default=())
    outcome: Outcome | None = None

    @property
    def text(self) -> str:
        """The text of the entry, unless it says the changes, in English."""
        return "" if self.changes else self.entry.text


def lines(site: AdminSite, request: HttpRequest, incident: Incident, *, limit: int) -> list[Line]:
    """Return the newest entries of a timeline, oldest first."""
    linked = _Linked(site, request)
    return [
        replace(one, subject_url=linked.subject_url(one.entry), links=[*linked.links(one.entry)])
        for one in plain_lines(incident, limit=limit)
    ]


def plain_lines(incident: Incident, *, limit: int) -> list[Line]:
    """Return the same without links, for a report."""
    entries = timeline(incident, limit=limit)
    return [
        Line(one, limits=_limits(one), changes=changes, outcome=_outcome(one))
        for one, changes in zip(entries, _changes(entries), strict=True)
    ]


def _changes(entries: Sequence[Entry]) -> list[list[Criterion]]:
    """Return what each entry says of changes, in words. Takes a query if users are named."""
    found = [Changes.of(one.event) if one.event else Changes() for one in entries]
    return [
        [*_changed_facts(one), *about.in_full] if one.search else [*_changed_facts(one)]
        for one, about in zip(found, all_described([one.search for one in found]), strict=True)
    ]


def _changed_facts(changes: Changes) -> Iterator[Criterion]:
    if changes.name is not None:
        yield Criterion(gettext("Name"), changes.name)
    if changes.began_at is not None:
        yield Criterion(gettext("Began"), plain_time(changes.began_at))


def _limits(entry: Entry) -> str:
    detail = entry.event.detail if entry.event else {}
    texts = []
    if only_for := detail.get("only_for"):
        conditions = in_words(stored_conditions(json.dumps(only_for)))
        # Another version has stored what cannot be read.
        shown = conditions or [f"{name} {one}" for name, one in only_for.items()]
        texts.append(gettext("only for %(conditions)s") % {"conditions": ", ".join(shown)})
    if until := ends_at(entry):
        texts.append(gettext("until %(time)s") % {"time": plain_time(until)})
    return ", ".join(texts)


def _outcome(entry: Entry) -> Outcome | None:
    return outcome_of(entry.sign_out) if entry.sign_out else None


class _Linked:
    """The pages of an admin site that the user may view."""

    def __init__(self, site: AdminSite, request: HttpRequest) -> None:
        self._site = site
        self._users, self._events, self._switches, self._bulk = (
            may_view(site, request, model)
            for model in (get_user_model(), AuditEvent, KillSwitch, BulkSignOut)
        )

    def subject_url(self, entry: Entry) -> str:
        key = entry.event.subject_id if entry.event else None
        return (user_url(self._site, key) or "") if self._users and key is not None else ""

    def links(self, entry: Entry) -> Iterator[Link]:
        event = entry.event
        if event is None:
            return
        numbers = {one.name: one.number for one in registry}
        switch = numbers.get(str(event.detail.get("switch", "")))
        if self._switches and switch is not None:
            yield Link(
                gettext("Open this kill switch"),
                self._url("killswitches_killswitch_change", switch),
            )
        bulk = event.detail.get("bulk_sign_out")
        if self._bulk and isinstance(bulk, int):
            url = self._url("sessions_api_bulksignout_change", bulk)
            yield Link(gettext("Open this bulk sign-out"), url)
        if self._events:
            yield Link(gettext("Details"), page_url(self._site, event))

    def _url(self, page: str, key: int) -> str:
        return reverse(f"admin:{page}", args=[key], current_app=self._site.name)
