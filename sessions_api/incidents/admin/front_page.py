"""What the front page of the admin shows of incidents."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext

from sessions_api.admin.overview.extensions import Extension, Matter, Matters, Task
from sessions_api.admin.overview.lists import NO_LIST, Lists
from sessions_api.incidents.admin.numbers import numbered
from sessions_api.incidents.admin.waiting import waiting_sign_outs
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services.newest import few
from sessions_api.models import UserSession

#: How many open incidents, and sign-outs that wait, are listed.
MOST = 10

PAGE = "admin:sessions_api_incidents_incident"


def open_incidents(lists: Lists, current_app: str | None) -> Iterator[Matters]:
    """Yield the open incidents, newest first, for those who may view them. Takes a query."""
    listed = lists.get(Incident, NO_LIST)
    if not listed.url:
        return
    found = few(Incident.objects.open(), MOST)
    if found.rows:
        matters = [
            Matter(numbered(one), _room(one.pk, current_app), one.began_at) for one in found.rows
        ]
        yield Matters(gettext("Open incidents"), matters, found.more, listed.url)


def waiting(lists: Lists, current_app: str | None) -> Iterator[Matters]:
    """Yield the sign-outs that wait for a second person, for those who may decide about them.

    Takes a query.
    """
    listed = lists.get(Incident, NO_LIST)
    may_end = "delete" in lists.get(UserSession, NO_LIST).verbs
    if not (listed.url and "change" in listed.verbs and may_end):
        return
    found = few(waiting_sign_outs(), MOST)
    if found.rows:
        matters = [
            Matter(
                numbered(one.incident),
                f"{_room(one.incident_id, current_app)}#sign-out-{one.pk}",
                one.requested_at,
                one.requested_by_name or gettext("somebody unknown"),
            )
            for one in found.rows
        ]
        title = gettext("Sign-outs that wait for a second person")
        yield Matters(title, matters, found.more, listed.url)


def matters(lists: Lists, current_app: str | None) -> Iterator[Matters]:
    """Yield what waits, then the open incidents."""
    yield from waiting(lists, current_app)
    yield from open_incidents(lists, current_app)


def tasks(lists: Lists, current_app: str | None) -> Iterator[Task]:
    """Yield the task of opening an incident, for those who may."""
    listed = lists.get(Incident, NO_LIST)
    if listed.url and "add" in listed.verbs:
        yield Task(
            gettext("Open an incident"),
            gettext("Answer an attack from one page: end sessions, tell owners, keep a timeline."),
            reverse(f"{PAGE}_add", current_app=current_app),
        )


def _room(key: int, current_app: str | None) -> str:
    return reverse(f"{PAGE}_change", args=[key], current_app=current_app)


ON_FRONT_PAGE = Extension(tasks=tasks, matters=matters)
