"""Services that turn a switch on with a second person: request, confirm, decline.

All lock the switch first, so that of two decisions at once the second one finds the first. The
admin, the API and the management command use them.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ..flip_requests import PATIENCE, FlipRequest
from ..models import REASON_LENGTH, KillSwitch
from ..registry import Switch, UnknownSwitch
from ..rows import locked
from ..second_person import (
    Consent,
    SecondPersonNeeded,
    needs_second_person,
    switches_that_need_one,
)
from ..services import one_line, set_switch
from ..services import turn_all_off as turn_all_switches_off
from ..states import state_of
from . import people
from .endings import close, close_all, send
from .errors import (
    AlreadyDecided,
    NoSuchRequest,
    NotPermitted,
    OwnRequest,
    RequesterNotPermitted,
)
from .people import Person
from .wishes import Answer, Wish

Outcome = FlipRequest.Outcome


def turn_on(switch: Switch, wish: Wish, person: Person, *, version: str | None = None) -> Answer:
    """Turn a switch on; if it needs a second person, request it or confirm somebody's request.

    A request of somebody else that asks for the same is confirmed. An own one that asks for the
    same keeps waiting, and one that asks for something else is replaced.

    :param version: the expected ``SwitchState.version``; None to skip this check.
    :raises SecondPersonNeeded: the person has no account.
    :raises Exception: whatever :func:`~killswitches.services.set_switch` raises.
    """
    if not needs_second_person(switch):
        return Answer(_flip(switch, wish, person, timezone.now(), version))
    with transaction.atomic():
        row = locked(switch)
        try:
            return Answer(_flip(switch, wish, person, row.now, version))
        except SecondPersonNeeded:
            if person.account is None:
                raise
        return _request(_request_of(switch, row, wish, person), person)


def confirm(key: int, person: Person) -> FlipRequest:
    """Turn the switch on as it was requested, in one transaction.

    :raises CannotDecide: there is no such request, it does not wait any longer, it is the person's
        own, or one of the two may no longer flip switches.
    :raises Exception: whatever :func:`~killswitches.services.set_switch` raises.
    """
    with transaction.atomic():
        request, row = _locked_request(key, person)
        if person.is_requester_of(request):
            raise OwnRequest
        if not people.may_flip_now(request.requested_by_id):
            raise RequesterNotPermitted
        close(request, Outcome.CONFIRMED, person, at=row.now)
        set_switch(
            request.switch,
            True,
            until=request.end_from(row.now),
            conditions=request.conditions,
            actor=person.account,
            actor_name=person.shown_name,
            reason=request.reason,
            source=person.source,
            version=request.version,
            consent=Consent(requested_by_name=request.requested_by_name),
        )
    return request


def decline(key: int, person: Person, reason: str = "") -> FlipRequest:
    """Decline a request; if it is the person's own, withdraw it.

    :raises CannotDecide: there is no such request, it does not wait any longer, or the person may
        not flip switches.
    """
    with transaction.atomic():
        request, row = _locked_request(key, person)
        is_own = person.is_requester_of(request)
        outcome = Outcome.WITHDRAWN if is_own else Outcome.DECLINED
        close(request, outcome, person, at=row.now, reason=one_line(reason)[:REASON_LENGTH])
    return request


def turn_off(switch: Switch, person: Person, reason: str) -> bool:
    """Turn a switch off, and decline the requests that wait for it. Needs no second person.

    :returns: whether it was on.
    """
    with transaction.atomic():
        changed = set_switch(
            switch,
            False,
            actor=person.account,
            actor_name=person.shown_name,
            reason=reason,
            source=person.source,
        )
        if needs_second_person(switch):
            now = locked(switch).now
            close_all(switch, Outcome.DECLINED, person, at=now, reason=one_line(reason))
    return changed


def turn_all_off(person: Person, reason: str) -> None:
    """Turn off all registered switches, and decline all requests, in one transaction."""
    with transaction.atomic():
        turn_all_switches_off(
            actor=person.account,
            actor_name=person.shown_name,
            reason=reason,
            source=person.source,
        )
        for switch in switches_that_need_one():
            now = locked(switch).now
            close_all(switch, Outcome.DECLINED, person, at=now, reason=one_line(reason))


def _flip(switch: Switch, wish: Wish, person: Person, now: datetime, version: str | None) -> bool:
    return set_switch(
        switch,
        True,
        until=wish.until if wish.lasts is None else now + wish.lasts,
        conditions=wish.conditions,
        actor=person.account,
        actor_name=person.shown_name,
        reason=wish.reason,
        source=person.source,
        version=version,
        consent=Consent(alone_because=wish.alone_because) if wish.alone_because else None,
    )


def _request(made: FlipRequest, person: Person) -> Answer:
    """Confirm a request that asks for the same, find an own one, or save the one that was made."""
    replaced = []
    for other in FlipRequest.objects.waiting().filter(number=made.number):
        is_same = _ask_for_the_same(made, other)
        if person.is_requester_of(other):
            if is_same:
                return Answer(changed=False, waiting=other)
            replaced.append(other)
        elif is_same and people.may_flip_now(other.requested_by_id):
            confirm(other.pk, person)
            return Answer(changed=True)
    for other in replaced:
        close(other, Outcome.WITHDRAWN, person, at=made.requested_at)
    made.save()
    send(made, person, made.requested_at, made.reason)
    return Answer(changed=False, waiting=made)


def _request_of(switch: Switch, row: KillSwitch, wish: Wish, person: Person) -> FlipRequest:
    state = state_of(switch, row)
    conditions = state.conditions if wish.conditions is None else wish.conditions
    return FlipRequest(
        number=switch.number,
        until=wish.until if wish.lasts is None else None,
        lasts=wish.lasts,
        stored_conditions=conditions.stored(),
        reason=one_line(wish.reason)[:REASON_LENGTH],
        version=state.version,
        requested_at=row.now,
        requested_by_id=None if person.account is None else person.account.pk,
        requested_by_name=person.shown_name,
        expires_at=min(row.now + PATIENCE, wish.until or row.now + PATIENCE),
    )


def _ask_for_the_same(one: FlipRequest, other: FlipRequest) -> bool:
    columns = ("version", "until", "lasts", "stored_conditions")
    return all(getattr(one, name) == getattr(other, name) for name in columns)


def _locked_request(key: int, person: Person) -> tuple[FlipRequest, KillSwitch]:
    """Lock a waiting request and its switch for a decision of this person."""
    found = FlipRequest.objects.filter(pk=key).first()
    try:
        row = locked(found.switch) if found else None
    except UnknownSwitch:
        row = None
    if row is None:
        raise NoSuchRequest
    if person.account is None or not people.may_flip_now(person.account.pk):
        raise NotPermitted
    request = FlipRequest.objects.get(pk=key)
    if not request.is_waiting or request.expires_at <= row.now:
        raise AlreadyDecided
    return request, row
