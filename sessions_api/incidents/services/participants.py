"""Who has taken part in an incident, each of them once; and who leaves one for another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from sessions_api.incidents.models import Incident
from sessions_api.incidents.services.incidents import participations_of
from sessions_api.services.audit import Actor

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


def left_since(actor: Actor) -> Callable[[], Incident | None]:
    """Return a function that returns which incident the actor has left since, for another one.

    Everybody takes part in one incident at a time, so work on another one ends that silently. Each
    call takes a query, and none if they took part in no incident.
    """
    own = participations_of(actor).select_related("incident")
    before = own.first()

    def left() -> Incident | None:
        if before is None or not own.exclude(incident=before.incident_id).exists():
            return None
        return before.incident

    return left
