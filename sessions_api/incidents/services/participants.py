"""Who has taken part in an incident, each of them once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from sessions_api.incidents.models import Incident

#: How many people a report names at most: those who came first.
MOST = 100


@dataclass(frozen=True)
class Participant:
    """Somebody who has taken part, at whatever times.

    :param since: when they first did.
    :param until: when they last did; None if they still do.
    :param times: how often they joined.
    """

    name: str
    since: datetime
    until: datetime | None
    times: int


@dataclass(frozen=True)
class Participants:
    """Those who came first.

    :param more: how many came later, who are left out.
    """

    people: Sequence[Participant]
    more: int


def participants(incident: Incident) -> Participants:
    """Return who has taken part. Takes a query, and another one if there are many.

    An account that has been renamed meanwhile has its newest name.
    """
    own = incident.participations.filter(actor=OuterRef("actor")).order_by("-pk")
    newest = Subquery(own.values("actor_name")[:1])
    people = (
        incident.participations.order_by()
        # Commands have a name only.
        .values("actor", name=Coalesce(newest, F("actor_name")))
        .annotate(
            first=Min("since"),
            last=Max("until"),
            times=Count("pk"),
            open=Count("pk", filter=Q(until=None)),
        )
        .order_by("first", "name")
    )
    found = list(people[: MOST + 1])
    more = people.count() - MOST if len(found) > MOST else 0
    return Participants(
        [
            Participant(
                one["name"], one["first"], None if one["open"] else one["last"], one["times"]
            )
            for one in found[:MOST]
        ],
        more,
    )
