"""Audit events and signals of operations on second factors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from sessions_api import signals
from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from tests.api import CHROME, HOME, Api, Login
from tests.audit_outage import no_room_for_events
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import A_RESPONSE
from tests.sessions_api.second_factors.challenges import FACTORS, answer, by_code, challenge
from tests.sessions_api.second_factors.totp import App, Clock

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}
REMOVE_ALL = "sessions_api.second_factors.http.v5.OwnSecondFactorViewSet.destroy_all"

SIGNALS: dict[str, Signal] = {
    "enrolled": signals.factor_enrolled,
    "removed": signals.factors_removed,
    "passed": signals.challenge_passed,
    "failed": signals.challenge_failed,
}

#: The signals that were sent, as names and arguments.
Told = list[tuple[str, dict[str, Any]]]
#: Calls a function, and then runs the callbacks of the commit.
Commit = Callable[..., Any]


@pytest.fixture
def told() -> Iterator[Told]:
    heard: Told = []

    def listen(sender: type, signal: Signal, **what: Any) -> None:
        assert sender is SecondFactor
        name = next(name for name, one in SIGNALS.items() if one is signal)
        heard.append((name, what))

    for signal in SIGNALS.values():
        signal.connect(listen)
    yield heard
    for signal in SIGNALS.values():
        signal.disconnect(listen)


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Callable[..., Any]) -> Commit:
    def call(api: Api, *request: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return api(*request)

    return call


def last(kind: str) -> AuditEvent:
    return AuditEvent.objects.filter(kind=kind).latest("pk")


def said(event: AuditEvent) -> tuple[Any, Any, str | None, str, dict[str, Any]]:
    return event.actor, event.subject, event.address, event.user_agent, event.detail


def test_an_enrolment(me: Login, clock: Clock, told: Told, commit: Commit) -> None:
    begun = enrolment.begin_totp(Actor(user=me.user))
    code = App(begun["secret"], clock).code()
    body = {"token": begun["token"], "name": "x", "code": code}
    commit(me.api, "POST", f"{FACTORS}/totp/confirm", body)
    factor = SecondFactor.objects.get()
    detail = {"factor": factor.pk, "type": "totp"}
    assert said(last("factor_enrolled")) == (me.user, me.user, HOME, CHROME, detail)
    [(name, what)] = told
    assert (name, what["factor"], what["actor"].user) == ("enrolled", factor, me.user)


def test_a_failed_enrolment(me: Login, told: Told, commit: Commit) -> None:
    body = {"token": enrolment.begin_totp(Actor(user=me.user))["token"], "name": "x", "code": "x"}
    commit(me.api, "POST", f"{FACTORS}/totp/confirm", body)
    assert not AuditEvent.objects.filter(kind="factor_enrolled").exists()
    assert told == []


def test_a_login(ann: Any, anns_app: App, told: Told, commit: Commit) -> None:
    commit(Api(), "POST", "/login", by_code(challenge(Api()), anns_app.next_code()))
    detail = {"purpose": "login", "type": "totp"}
    assert said(last("challenge_passed")) == (ann, ann, HOME, CHROME, detail)
    assert AuditEvent.objects.filter(kind="login").count() == 1
    [(name, what)] = told
    assert (name, what["user"], what["purpose"], what["type"]) == ("passed", ann, "login", "totp")
    assert (what["client"].address, what["client"].user_agent) == (HOME, CHROME)


@pytest.mark.parametrize(
    ("kind", "proof"), [("totp", "x"), ("backup", "x"), ("webauthn", A_RESPONSE)]
)
def test_a_failed_login(
    ann: Any, anns_app: App, anns_key: Any, told: Told, commit: Commit, kind: str, proof: Any
) -> None:
    commit(Api(), "POST", "/login", answer(challenge(Api())["token"], kind, proof))
    detail = {"purpose": "login", "type": kind}
    # The answering user is unknown.
    assert said(last("challenge_failed")) == (None, ann, HOME, CHROME, detail)
    assert not AuditEvent.objects.filter(kind__in=["challenge_passed", "login"]).exists()
    [(name, what)] = told
    assert (name, what["user"], what["purpose"], what["type"]) == ("failed", ann, "login", kind)


def test_requesting_a_challenge_is_not_audited(api: Api, anns_app: App, told: Told) -> None:
    before = AuditEvent.objects.count()
    challenge(api)
    assert AuditEvent.objects.count() == before
    assert told == []


def test_a_reverification_and_a_removal(
    me: Login, anns_app: App, told: Told, commit: Commit
) -> None:
    assert anns_app.factor
    path = f"{FACTORS}/all"
    asked = me.api("DELETE", path, REVERIFIED).json()
    for code in (anns_app.wrong_code(), anns_app.next_code()):
        commit(me.api, "DELETE", path, by_code(asked, code))
    about = (me.user, me.user, HOME, CHROME)
    detail = {"purpose": REMOVE_ALL, "type": "totp"}
    assert said(last("challenge_failed")) == (*about, detail)
    assert said(last("challenge_passed")) == (*about, detail)
    removed = [anns_app.factor.pk]
    assert said(last("factors_removed")) == (*about, {"factors": removed})
    assert [name for name, _ in told] == ["failed", "passed", "removed"]
    _, what = told[-1]
    assert (what["user"], what["factors"], what["actor"].user) == (me.user, removed, me.user)


def test_a_removal_by_staff(
    me: Login, boss: Login, anns_app: App, told: Told, commit: Commit
) -> None:
    assert anns_app.factor
    factor = anns_app.factor.pk
    commit(boss.api, "DELETE", f"/users/{me.user.pk}/2fa/{factor}", REVERIFIED)
    detail = {"factors": [factor]}
    assert said(last("factors_removed")) == (boss.user, me.user, HOME, CHROME, detail)
    [(name, what)] = told
    assert (name, what["user"], what["actor"].user) == ("removed", me.user, boss.user)


def test_removing_nothing(me: Login, told: Told, commit: Commit) -> None:
    commit(me.api, "DELETE", f"{FACTORS}/all", REVERIFIED)
    assert not AuditEvent.objects.filter(kind="factors_removed").exists()
    assert told == []


def test_sessions_that_are_ended_with_the_factors(
    me: Login, other: Login, anns_app: App, boss: Login
) -> None:
    path = f"/users/{me.user.pk}/2fa/all?end-other-sessions=true"
    boss.api("DELETE", path, REVERIFIED)
    sids = sorted([me.session.sid, other.session.sid], reverse=True)
    detail = {"sessions": sids, "reason": "Second factors changed"}
    assert said(last("sessions_ended")) == (boss.user, me.user, HOME, CHROME, detail)


def test_new_backup_codes(me: Login, anns_app: App) -> None:
    asked = me.api("POST", f"{FACTORS}/backup", REVERIFIED).json()
    me.api("POST", f"{FACTORS}/backup", by_code(asked, anns_app.next_code()))
    assert said(last("backup_codes")) == (me.user, me.user, HOME, CHROME, {})


@pytest.mark.parametrize(
    ("kind", "path"),
    [("factors_removed", "/all"), ("challenge_passed", "/all"), ("backup_codes", "/backup")],
)
def test_what_cannot_be_audited_does_not_happen(
    me: Login, anns_app: App, kind: str, path: str
) -> None:
    method = "POST" if path == "/backup" else "DELETE"
    asked = me.api(method, FACTORS + path, REVERIFIED).json()
    body = by_code(asked, anns_app.next_code())
    codes = set(me.user.backupcode_set.values_list("digest"))
    with no_room_for_events(kind):
        assert me.api(method, FACTORS + path, body).status_code == 500
    assert SecondFactor.objects.count() == 1
    assert set(me.user.backupcode_set.values_list("digest")) == codes
    # An answer whose success could not be recorded has not been used up.
    again = me.api(method, FACTORS + path, body).status_code
    assert again == (200 if kind == "challenge_passed" else 401)
