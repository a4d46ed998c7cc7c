"""How requests end, and finding those that wait."""

import logging
from contextlib import suppress
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, transaction

from ..flip_requests import FlipRequest
from ..registry import Switch
from ..second_person import needs_second_person, switches_that_need_one
from ..signals import flip_request_changed
from .errors import AlreadyDecided
from .people import NOBODY, Person

logger = logging.getLogger("killswitches")

Outcome = FlipRequest.Outcome

#: How many requests the page of a switch shows.
FEW = 10


def waiting_requests() -> list[FlipRequest]:
    """Return the requests that can be confirmed, newest first, in at most one query.

    It takes none if no switch needs a second person.
    """
    numbers = [switch.number for switch in switches_that_need_one()]
    return list(FlipRequest.objects.waiting().filter(number__in=numbers)) if numbers else []


def newest_requests(switch: Switch) -> list[FlipRequest]:
    """Return the newest requests for a switch, decided or not, after recording expiries."""
    try_to_record_expiries()
    return list(FlipRequest.objects.filter(number=switch.number)[:FEW])


def close(
    request: FlipRequest, outcome: Outcome, person: Person, *, at: datetime, reason: str = ""
) -> None:
    """Record the outcome of a waiting request and send ``flip_request_changed``.

    :raises AlreadyDecided: it no longer waits.
    """
    closed = FlipRequest.objects.filter(pk=request.pk, outcome=Outcome.WAITING).update(
        outcome=outcome,
        decided_at=at,
        decided_by=person.account,
        decided_by_name=person.shown_name,
        decision_reason=reason,
    )
    if not closed:
        raise AlreadyDecided
    request.refresh_from_db()
    send(request, person, at, reason)


def close_all(
    switch: Switch, outcome: Outcome, person: Person, *, at: datetime, reason: str = ""
) -> None:
    """Close all requests that wait for a switch, whose row the caller has locked.

    Of those that are declined, the person's own are withdrawn.
    """
    for request in FlipRequest.objects.waiting().filter(number=switch.number):
        is_own = person.is_requester_of(request) and outcome == Outcome.DECLINED
        close(request, Outcome.WITHDRAWN if is_own else outcome, person, at=at, reason=reason)


def close_overtaken(
    *,
    switch: Switch,
    at: datetime,
    actor: AbstractBaseUser | None,
    actor_name: str,
    **_kwargs: object,
) -> None:
    """Close the requests that wait for a switch which is flipped. They were about another state."""
    if needs_second_person(switch):
        close_all(switch, Outcome.OVERTAKEN, Person(actor, actor_name), at=at)


def try_to_record_expiries() -> None:
    """Record the requests that nobody has decided in time, each with the time of its expiry.

    A failure is logged; they are then recorded later.
    """
    try:
        for request in FlipRequest.objects.expired():
            # Another process may do the same at the same time.
            with suppress(AlreadyDecided), transaction.atomic():
                close(request, Outcome.EXPIRED, NOBODY, at=request.expires_at)
    except Error as error:
        logger.warning("Could not record an expired request: %s.", type(error).__name__)


def send(request: FlipRequest, person: Person, at: datetime, reason: str) -> None:
    """Send ``flip_request_changed``."""
    flip_request_changed.send(
        sender=FlipRequest,
        request=request,
        at=at,
        actor=person.account,
        actor_name=person.shown_name,
        reason=reason,
        source=person.source,
    )
