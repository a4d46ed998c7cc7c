"""What the front page of the admin shows of incidents."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext

from sessions_api.admin.overview.extensions import Extension, Matter, Matters, Task
from sessions_api.admin.overview.lists import NO_LIST, Lists
from sessions_api.incidents.models import Incident

#: How many open incidents are listed.
MOST = 10

PAGE = "admin:sessions_api_incidents_incident"


def open_incidents(lists: Lists, current_app: str | None) -> Iterator[Matters]:
    """Yield the open incidents, newest first, for those who may view them. Takes a query."""
    listed = lists.get(Incident, NO_LIST)
    if not listed.url:
        return
    rows = list(Incident.objects.open().order_by("-pk")[: MOST + 1])
    more = Incident.objects.open().count() - MOST if len(rows) > MOST else 0
    if rows:
        matters = [
            Matter(
                one.name,
                reverse(f"{PAGE}_change", args=[one.pk], current_app=current_app),
                one.began_at,
            )
            for one in rows[:MOST]
        ]
        yield Matters(gettext("Open incidents"), matters, more, listed.url)


def tasks(lists: Lists, current_app: str | None) -> Iterator[Task]:
    """Yield the task of opening an incident, for those who may."""
    listed = lists.get(Incident, NO_LIST)
    if listed.url and "add" in listed.verbs:
        yield Task(
            gettext("Open an incident"),
            gettext("Answer an attack from one page: end sessions, tell owners, keep a timeline."),
            reverse(f"{PAGE}_add", current_app=current_app),
        )


ON_FRONT_PAGE = Extension(tasks=tasks, matters=open_incidents)
