"""Turning on a switch that needs a second person."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from killswitches.approvals.endings import close, newest_requests, waiting_requests
from killswitches.approvals.errors import (
    AlreadyDecided,
    CannotDecide,
    NoSuchRequest,
    NotPermitted,
    OwnRequest,
    RequesterNotPermitted,
)
from killswitches.approvals.people import Person
from killswitches.approvals.services import confirm, decline, turn_all_off, turn_off, turn_on
from killswitches.approvals.wishes import Wish
from killswitches.conditions.conditions import EVERYBODY, Conditions
from killswitches.gate import enabled_mask
from killswitches.models import FlipRequest, KillSwitch, SwitchFlip
from killswitches.registry import FILE_CREATE, GLOBAL
from killswitches.second_person import Consent, SecondPersonNeeded
from killswitches.services import InvalidUntil, SwitchChanged, set_switch, states
from killswitches.signals import flip_request_changed
from killswitches.testing import switched_on

pytestmark = pytest.mark.django_db

FIRE = Wish("fire")


def request_of(person: Person, wish: Wish = FIRE) -> FlipRequest:
    """Request GLOBAL."""
    answer = turn_on(GLOBAL, wish, person)
    assert not answer.changed
    assert answer.waiting is not None
    return answer.waiting


def outcomes() -> list[str]:
    return list(FlipRequest.objects.order_by("id").values_list("outcome", flat=True))


def expire() -> None:
    FlipRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_the_switch_stays_off_until_somebody_else_confirms(ann: Person, bob: Person) -> None:
    waiting = request_of(ann)
    assert enabled_mask() == 0
    assert not SwitchFlip.objects.exists()
    assert waiting_requests() == [waiting]
    confirm(waiting.pk, bob)
    assert enabled_mask() == GLOBAL.bit
    flip = SwitchFlip.objects.get()
    assert (flip.actor, flip.actor_name, flip.reason) == (bob.account, "bob", "fire")
    assert (flip.requested_by_name, flip.alone_because) == ("ann", "")
    assert waiting_requests() == []
    decided = FlipRequest.objects.get()
    assert (decided.outcome, decided.decided_by_name) == ("confirmed", "bob")


def test_other_switches_need_nobody(ann: Person) -> None:
    assert turn_on(FILE_CREATE, FIRE, ann).changed
    assert enabled_mask() == FILE_CREATE.bit


def test_without_the_setting_none_does(ann: Person, settings: Any) -> None:
    settings.KILLSWITCHES = {}
    assert turn_on(GLOBAL, FIRE, ann).changed
    assert enabled_mask() == GLOBAL.bit


@pytest.mark.parametrize("given", ["global", " GLOBAL,FILE_CREATE ", ("GLOBAL",)])
def test_the_setting_is_a_sequence_or_a_text(ann: Person, settings: Any, given: object) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": given}
    request_of(ann)


def test_no_service_turns_it_on_without_consent(ann: Person) -> None:
    with pytest.raises(SecondPersonNeeded, match="GLOBAL"):
        set_switch(GLOBAL, True, actor=ann.account, reason="fire")
    assert enabled_mask() == 0
    set_switch(GLOBAL, True, consent=Consent(requested_by_name="a robot"), reason="fire")
    assert enabled_mask() == GLOBAL.bit


def test_nobody_without_an_account_can_request(db: None) -> None:
    with pytest.raises(SecondPersonNeeded):
        turn_on(GLOBAL, FIRE, Person(None, "command line (root)"))
    assert outcomes() == []


def test_alone_it_is_on_at_once_and_marked(ann: Person, caplog: pytest.LogCaptureFixture) -> None:
    assert turn_on(GLOBAL, Wish("fire", alone_because="all\nasleep"), ann).changed
    flip = SwitchFlip.objects.get()
    assert (flip.actor_name, flip.requested_by_name) == ("ann", "")
    assert flip.alone_because == "all asleep"
    [record] = [one for one in caplog.records if one.name == "killswitches"]
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "GLOBAL was turned on by 'ann' alone, without anybody to confirm it: 'all asleep'"
    )


def test_alone_is_not_recorded_where_nobody_else_is_needed(ann: Person) -> None:
    turn_on(FILE_CREATE, Wish("fire", alone_because="all asleep"), ann)
    assert SwitchFlip.objects.get().alone_because == ""


def test_turning_off_needs_nobody(ann: Person, bob: Person) -> None:
    confirm(request_of(ann).pk, bob)
    assert turn_off(GLOBAL, ann, "over")
    assert enabled_mask() == 0


class TestWhoConfirms:
    def test_not_the_same_account(self, ann: Person) -> None:
        waiting = request_of(ann)
        with pytest.raises(OwnRequest):
            confirm(waiting.pk, Person(ann.account, "ann, by another session"))
        assert enabled_mask() == 0

    def test_only_who_may_flip_switches(self, ann: Person, make_staff: Any) -> None:
        waiting = request_of(ann)
        vera = make_staff("vera", "view_killswitch")
        for person in (Person(vera), Person(None, "command line (root)")):
            for decide in (confirm, decline):
                with pytest.raises(NotPermitted):
                    decide(waiting.pk, person)
        assert enabled_mask() == 0
        assert outcomes() == [""]

    @pytest.mark.parametrize("change", ["is_active", "is_staff", "permission", "deleted"])
    @pytest.mark.parametrize("who", ["requester", "confirmer"])
    def test_both_are_authorized_again(
        self, ann: Person, bob: Person, change: str, who: str
    ) -> None:
        waiting = request_of(ann)
        account: Any = ann.account if who == "requester" else bob.account
        # Another process does that: the objects here do not notice.
        now = type(account).objects.get(pk=account.pk)
        if change == "deleted":
            now.delete()
        elif change == "permission":
            now.user_permissions.clear()
        else:
            setattr(now, change, False)
            now.save()
        expected = RequesterNotPermitted if who == "requester" else NotPermitted
        with pytest.raises(expected):
            confirm(waiting.pk, bob)
        assert enabled_mask() == 0
        assert outcomes() == [""]


class TestWhatIsConfirmed:
    def test_conditions_and_end(self, ann: Person, bob: Person) -> None:
        until = timezone.now() + timedelta(hours=2)
        conditions = Conditions(dialect="v5", share=10)
        waiting = request_of(ann, Wish("fire", until=until, conditions=conditions))
        confirm(waiting.pk, bob)
        state = states()[GLOBAL.number]
        assert (state.until, state.conditions) == (until, conditions)

    def test_conditions_that_the_switch_has_kept(self, ann: Person, bob: Person) -> None:
        KillSwitch.objects.create(
            number=GLOBAL.number, stored_conditions=Conditions(share=5).stored()
        )
        waiting = request_of(ann)
        assert waiting.conditions == Conditions(share=5)
        confirm(waiting.pk, bob)
        assert states()[GLOBAL.number].conditions == Conditions(share=5)

    def test_a_duration_begins_with_the_confirmation(self, ann: Person, bob: Person) -> None:
        waiting = request_of(ann, Wish("fire", lasts=timedelta(hours=1)))
        before = timezone.now() - timedelta(seconds=1)
        confirm(waiting.pk, bob)
        until = states()[GLOBAL.number].until
        assert until is not None
        assert before <= until - timedelta(hours=1) <= timezone.now()

    def test_it_cannot_be_confirmed_after_its_end(self, ann: Person) -> None:
        until = timezone.now() + timedelta(minutes=5)
        assert request_of(ann, Wish("fire", until=until)).expires_at == until

    def test_an_invalid_end_is_refused_at_once(self, ann: Person) -> None:
        with pytest.raises(InvalidUntil):
            turn_on(GLOBAL, Wish("fire", until=timezone.now() - timedelta(hours=1)), ann)
        assert outcomes() == []


class TestSwitchesThatAreOn:
    @pytest.fixture(autouse=True)
    def on_for_some(self, db: None) -> None:
        end = timezone.now() + timedelta(hours=1)
        set_switch(GLOBAL, True, until=end, conditions=Conditions(share=5), consent=Consent())

    @pytest.mark.parametrize(
        "wish",
        [
            Wish("more", conditions=EVERYBODY, lasts=timedelta(minutes=30)),
            Wish("longer"),
            Wish("longer", lasts=timedelta(hours=2)),
        ],
    )
    def test_more_needs_a_second_person(self, ann: Person, wish: Wish) -> None:
        before = states()
        request_of(ann, wish)
        assert states() == before

    def test_an_earlier_end_does_not(self, ann: Person) -> None:
        assert turn_on(GLOBAL, Wish("shorter", lasts=timedelta(minutes=30)), ann).changed

    def test_nothing_new_does_not(self, ann: Person) -> None:
        until = states()[GLOBAL.number].until
        answer = turn_on(GLOBAL, Wish("same", until=until), ann)
        assert (answer.changed, answer.waiting) == (False, None)


class TestTheSameWish:
    def test_of_somebody_else_confirms(self, ann: Person, bob: Person) -> None:
        request_of(ann)
        assert turn_on(GLOBAL, Wish("I see it too"), bob).changed
        assert SwitchFlip.objects.get().requested_by_name == "ann"
        assert outcomes() == ["confirmed"]

    @pytest.mark.parametrize(
        "other",
        [Wish("some", conditions=Conditions(share=5)), Wish("hour", lasts=timedelta(hours=1))],
    )
    def test_another_one_waits_beside_it(self, ann: Person, bob: Person, other: Wish) -> None:
        request_of(ann, other)
        request_of(bob)
        assert outcomes() == ["", ""]

    def test_of_who_may_no_longer_flip_confirms_nothing(self, ann: Person, bob: Person) -> None:
        request_of(ann)
        account: Any = ann.account
        account.user_permissions.clear()
        request_of(bob)
        assert enabled_mask() == 0

    def test_of_oneself_keeps_waiting(self, ann: Person) -> None:
        assert request_of(ann) == request_of(ann)

    def test_another_one_of_oneself_replaces_it(self, ann: Person) -> None:
        request_of(ann)
        request_of(ann, Wish("hour", lasts=timedelta(hours=1)))
        assert outcomes() == ["withdrawn", ""]


class TestEndings:
    def test_declined(self, ann: Person, bob: Person) -> None:
        waiting = request_of(ann)
        decline(waiting.pk, bob, "no\nneed")
        decided = FlipRequest.objects.get()
        assert (decided.outcome, decided.decided_by_name) == ("declined", "bob")
        assert decided.decision_reason == "no need"
        with pytest.raises(AlreadyDecided):
            confirm(waiting.pk, bob)
        assert enabled_mask() == 0

    def test_withdrawn(self, ann: Person) -> None:
        decline(request_of(ann).pk, ann)
        assert outcomes() == ["withdrawn"]

    def test_expired(self, ann: Person, bob: Person) -> None:
        waiting = request_of(ann)
        expire()
        for decide in (confirm, decline):
            with pytest.raises(AlreadyDecided):
                decide(waiting.pk, bob)
        assert waiting_requests() == []
        assert enabled_mask() == 0
        [recorded] = newest_requests(GLOBAL)
        assert recorded.outcome == "expired"
        assert recorded.decided_at == recorded.expires_at

    def test_an_expired_one_is_not_confirmed_by_the_same_wish(
        self, ann: Person, bob: Person
    ) -> None:
        request_of(ann)
        expire()
        request_of(bob)
        assert enabled_mask() == 0

    def test_an_expiry_that_was_recorded_meanwhile_stands(self, ann: Person, bob: Person) -> None:
        waiting = request_of(ann)
        expire()
        newest_requests(GLOBAL)
        with pytest.raises(AlreadyDecided):
            close(waiting, FlipRequest.Outcome.CONFIRMED, bob, at=timezone.now())
        assert outcomes() == ["expired"]

    @pytest.mark.parametrize("enabled", [True, False])
    def test_overtaken_by_a_flip(self, ann: Person, bob: Person, enabled: bool) -> None:
        if not enabled:
            turn_on(GLOBAL, Wish("fire", conditions=Conditions(share=5), alone_because="x"), ann)
        waiting = request_of(ann, Wish("all", conditions=EVERYBODY))
        if enabled:
            turn_on(GLOBAL, Wish("now", alone_because="quick"), bob)
        else:
            turn_off(GLOBAL, bob, "over")
        assert outcomes() == ["overtaken"]
        with pytest.raises(AlreadyDecided):
            confirm(waiting.pk, bob)

    def test_by_a_flip_that_the_former_release_made(self, ann: Person, bob: Person) -> None:
        waiting = request_of(ann)
        KillSwitch.objects.filter(number=GLOBAL.number).update(changed_at=timezone.now())
        with pytest.raises(SwitchChanged):
            confirm(waiting.pk, bob)
        assert enabled_mask() == 0
        assert outcomes() == [""]

    @pytest.mark.parametrize("everything", [True, False])
    def test_turning_off_declines(self, ann: Person, bob: Person, everything: bool) -> None:
        request_of(ann)
        if everything:
            with switched_on(FILE_CREATE):
                turn_all_off(bob, "calm")
        else:
            turn_off(GLOBAL, bob, "calm")
        decided = FlipRequest.objects.get()
        assert (decided.outcome, decided.decision_reason) == ("declined", "calm")

    def test_turning_off_withdraws_an_own_one(self, ann: Person) -> None:
        request_of(ann)
        turn_off(GLOBAL, ann, "my mistake")
        assert outcomes() == ["withdrawn"]

    def test_no_such_request(self, ann: Person) -> None:
        with pytest.raises(NoSuchRequest):
            confirm(10**30, ann)
        unregistered = request_of(ann)
        FlipRequest.objects.update(number=61)
        with pytest.raises(NoSuchRequest):
            confirm(unregistered.pk, ann)


def test_each_change_is_signalled(
    ann: Person, bob: Person, received_requests: list[tuple[str, str, str]]
) -> None:
    decline(request_of(ann).pk, bob, "why?")
    confirm(request_of(ann).pk, bob)
    turn_off(GLOBAL, bob, "over")
    request_of(ann)
    expire()
    newest_requests(GLOBAL)
    assert received_requests == [
        ("", "ann", "fire"),
        ("declined", "bob", "why?"),
        ("", "ann", "fire"),
        ("confirmed", "bob", ""),
        ("", "ann", "fire"),
        ("expired", "", ""),
    ]


@pytest.fixture
def received_requests() -> Any:
    calls: list[tuple[str, str, str]] = []

    def receiver(*, request: FlipRequest, actor_name: str, reason: str, **_: object) -> None:
        calls.append((request.outcome, actor_name, reason))

    flip_request_changed.connect(receiver)
    yield calls
    flip_request_changed.disconnect(receiver)


@pytest.mark.parametrize("decide", [confirm, decline])
def test_a_receiver_that_raises_undoes_the_decision(
    ann: Person, bob: Person, decide: Callable[..., object]
) -> None:
    waiting = request_of(ann)

    def receiver(**_: object) -> None:
        raise CannotDecide

    flip_request_changed.connect(receiver)
    try:
        with pytest.raises(CannotDecide):
            decide(waiting.pk, bob)
    finally:
        flip_request_changed.disconnect(receiver)
    assert enabled_mask() == 0
    assert outcomes() == [""]


def test_query_counts(ann: Person, settings: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        waiting_requests()
    settings.KILLSWITCHES = {}
    with django_assert_num_queries(0):
        waiting_requests()
