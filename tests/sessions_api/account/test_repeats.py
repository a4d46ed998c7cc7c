"""Logins that are sent twice, as browsers without JavaScript do for a double click."""

import copy
import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import RequestFactory

from killswitches.registry import ACCOUNT_LOGIN
from killswitches.testing import switched_on
from sessions_api.account.once import FORM_ID, new_form_id
from sessions_api.account.repeats import MOST, AnswerSending, PasswordSending
from sessions_api.callers.clients import Client
from sessions_api.http.cookies.token_cookie import cookie_name
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.passwords import change_password
from tests.caches import DOWN
from tests.cast import PASSWORD
from tests.sessions_api.account.visitor import LOGIN, SESSIONS, Visitor

pytestmark = pytest.mark.django_db

SECOND = f"{LOGIN}second-factor/"
GIVEN = {"username": "ann", "password": PASSWORD}


def twin_of(visitor: Visitor) -> Visitor:
    """Return the same browser, which does not read the answer to what the other one sends."""
    twin = copy.copy(visitor)
    twin.browser = type(visitor.browser)(enforce_csrf_checks=True)
    twin.browser.cookies = copy.deepcopy(visitor.browser.cookies)
    return twin


@pytest.fixture
def app(ann: Any, enrol_app: Any) -> Any:
    """Ann's authenticator app, whose code has not been used yet."""
    enrolled = enrol_app(ann)
    enrolled.next_code()
    return enrolled


@pytest.fixture
def asked(visitor: Visitor, app: Any) -> Visitor:
    """A browser that has given Ann's password, and is asked for her second factor."""
    visitor.open(LOGIN)
    visitor.send(LOGIN, **GIVEN)
    return visitor


def test_a_password_sent_twice_begins_one_session(visitor: Visitor) -> None:
    visitor.open(LOGIN)
    twin = twin_of(visitor)
    dropped = visitor.send(LOGIN, **GIVEN)
    assert twin.send(LOGIN, **GIVEN)["Location"] == dropped["Location"] == SESSIONS
    assert UserSession.objects.count() == 1
    assert twin.is_logged_in
    assert not visitor.is_logged_in


def test_the_last_one_wins_even_if_it_is_checked_first(ann: Any, log_in: Any) -> None:
    form = {FORM_ID: new_form_id()}
    first, last = PasswordSending.of(form), PasswordSending.of(form)
    kept, dropped = log_in(ann).session, log_in(ann).session
    last.begun(kept, Client("192.0.2.1", ""))
    first.begun(dropped, Client("192.0.2.1", ""))
    assert UserSession.objects.get() == kept


def test_a_mistake_is_not_hidden(visitor: Visitor) -> None:
    visitor.open(LOGIN)
    for _ in range(2):
        assert visitor.post(LOGIN, visitor.fields_of(LOGIN) | GIVEN | {"password": "guess"})
        assert "Wrong name or password." in visitor.text


def test_every_earlier_sending_ends(ann: Any, log_in: Any) -> None:
    form = {FORM_ID: new_form_id()}
    for _ in range(MOST + 3):
        sending, last = PasswordSending.of(form), log_in(ann).session
        sending.begun(last, Client("192.0.2.1", ""))
    assert UserSession.objects.get() == last


def refuse_deletions(execute: Any, sql: str, *rest: Any) -> Any:
    if "DELETE" in sql:
        raise DatabaseError
    return execute(sql, *rest)


def test_a_login_outlives_a_failure_to_end_the_other_session(visitor: Visitor) -> None:
    visitor.open(LOGIN)
    twin = twin_of(visitor)
    visitor.send(LOGIN, **GIVEN)
    with connection.execute_wrapper(refuse_deletions):
        assert twin.send(LOGIN, **GIVEN)["Location"] == SESSIONS
    assert twin.is_logged_in
    assert UserSession.objects.count() == 2


def test_somebody_elses_form_ends_nothing(visitor: Visitor, make_user: Any) -> None:
    make_user("bob")
    visitor.open(LOGIN)
    form = visitor.fields_of(LOGIN)
    other = twin_of(visitor)
    visitor.post(LOGIN, form | GIVEN)
    other.post(LOGIN, form | GIVEN | {"username": "bob"})
    assert visitor.is_logged_in
    assert other.is_logged_in


def test_a_form_shown_again_begins_another_session(visitor: Visitor) -> None:
    for _ in range(2):
        twin_of(visitor).log_in()
    assert UserSession.objects.count() == 2


def test_an_answer_sent_twice_logs_in(asked: Visitor, app: Any) -> None:
    twin, code = twin_of(asked), app.code()
    asked.send(SECOND, code=code)
    assert twin.send(SECOND, code=code)["Location"] == SESSIONS
    assert twin.is_logged_in
    assert UserSession.objects.count() == 1


def test_a_repeated_answer_is_no_failure(asked: Visitor, app: Any) -> None:
    code = app.code()
    twins = [twin_of(asked) for _ in range(8)]
    for twin in [asked, *twins]:
        assert twin.send(SECOND, code=code)["Location"] == SESSIONS
    assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.CHALLENGE_FAILED).exists()


def test_another_answer_does_not(asked: Visitor, app: Any) -> None:
    twin, code = twin_of(asked), app.code()
    asked.send(SECOND, code=code)
    twin.send(SECOND, code=str((int(code) + 1) % 10**6).zfill(6))
    assert not twin.is_logged_in


def test_the_answer_of_a_session_that_has_ended_does_not(asked: Visitor, app: Any) -> None:
    twin, code = twin_of(asked), app.code()
    asked.send(SECOND, code=code)
    UserSession.objects.all().delete()
    twin.send(SECOND, code=code)
    assert not twin.is_logged_in


def test_a_wrong_answer_is_checked_each_time(asked: Visitor) -> None:
    for _ in range(2):
        asked.send(SECOND, code="000000")
        assert "That was not accepted" in asked.text or asked.page.status_code == 302
    assert not asked.is_logged_in


def other_browser(twin: Visitor, ann: Any) -> None:
    twin.browser.cookies.clear()
    twin.open(LOGIN)


def banned(twin: Visitor, ann: Any) -> None:
    type(ann).objects.update(is_active=False)


def new_password(twin: Visitor, ann: Any) -> None:
    session = UserSession.objects.get()
    change_password(ann, "a much better one", actor=Actor(user=ann), keep=session)
    assert UserSession.objects.active().get() == session


@pytest.mark.parametrize("since", [other_browser, banned, new_password])
def test_a_repeated_answer_is_no_key(asked: Visitor, ann: Any, app: Any, since: Any) -> None:
    twin, code = twin_of(asked), app.code()
    sent = asked.fields_of(SECOND) | {"code": code}
    asked.post(SECOND, sent)
    since(twin, ann)
    own = (
        {"csrfmiddlewaretoken": twin.fields_of(LOGIN)["csrfmiddlewaretoken"]}
        if since is (other_browser)
        else {}
    )
    twin.post(SECOND, sent | own)
    assert cookie_name() not in twin.browser.cookies


def test_a_kill_switch_closes_repeated_answers(asked: Visitor, app: Any) -> None:
    twin, code = twin_of(asked), app.code()
    asked.send(SECOND, code=code)
    with switched_on(ACCOUNT_LOGIN):
        assert twin.send(SECOND, code=code).status_code == 503


def test_a_repeated_answer_waits_for_the_first_one(
    ann: Any, anns: Visitor, rf: RequestFactory
) -> None:
    sending = AnswerSending.of(rf.post(SECOND), {"token": "t", "code": "123456"})
    session = UserSession.objects.select_related("user").get()
    threading.Timer(0.2, sending.begun, [session]).start()
    assert sending.session() == session


def test_it_does_not_wait_for_ever(rf: RequestFactory) -> None:
    assert AnswerSending.of(rf.post(SECOND), {"token": "u"}).session() is None


def test_without_the_cache_each_is_a_login(visitor: Visitor, settings: Any) -> None:
    settings.CACHES = {**settings.CACHES, "default": DOWN}
    visitor.open(LOGIN)
    twin = twin_of(visitor)
    visitor.send(LOGIN, **GIVEN)
    twin.send(LOGIN, **GIVEN)
    assert UserSession.objects.count() == 2
    assert twin.is_logged_in
