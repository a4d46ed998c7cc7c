"""Enrolling, listing and removing second factors on pages, without JavaScript but for keys."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from killswitches.registry import ACCOUNT_MODIFY
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import BackupCode, SecondFactor
from tests.cast import PASSWORD
from tests.sessions_api.account.visitor import Visitor
from tests.sessions_api.second_factors.account.pages import (
    ADD_APP,
    ADD_KEY,
    CODES,
    CONFIRM_APP,
    CONFIRM_KEY,
    FACTORS,
    begin_app,
    shown_codes,
)
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.totp import Clock

pytestmark = pytest.mark.django_db


def remove_path(factor: Any) -> str:
    return f"{FACTORS}{factor.pk}/remove/"


def test_an_app_is_added_and_brings_backup_codes(anns: Visitor, totp_clock: Clock) -> None:
    app = begin_app(anns, totp_clock)
    assert "<svg viewBox=" in anns.page.content.decode()
    assert anns.send(CONFIRM_APP, name="My phone", code=app.code()).status_code == 200
    assert len(shown_codes(anns)) == BackupCode.objects.count() == 10
    factor = SecondFactor.objects.get()
    assert (factor.name, factor.type) == ("My phone", "totp")
    event = AuditEvent.objects.get(kind="factor_enrolled")
    assert (event.actor_name, event.subject_name) == ("ann", "ann")
    anns.open(FACTORS)
    assert "My phone" in anns.text
    assert "You have 10 codes left." in anns.text


def test_a_wrong_code_shows_the_same_secret_again(anns: Visitor, totp_clock: Clock) -> None:
    app = begin_app(anns, totp_clock)
    page = anns.send(CONFIRM_APP, name="My phone", code="000000")
    assert page.status_code == 200
    assert app.secret in page.content.decode()
    assert "That was not accepted." in anns.text
    anns.send(CONFIRM_APP, name="My phone", code=app.code())
    assert SecondFactor.objects.count() == 1


def test_a_form_that_is_sent_twice_enrols_once(anns: Visitor, totp_clock: Clock) -> None:
    app = begin_app(anns, totp_clock)
    begun = anns.page
    anns.send(CONFIRM_APP, name="My phone", code=app.code())
    anns.page = begun
    assert anns.send(CONFIRM_APP, name="My phone", code=app.code())["Location"] == FACTORS
    anns.follow()
    assert "That was too late, or already done" in anns.text
    assert SecondFactor.objects.count() == 1


def test_a_form_for_the_password_begins_one_enrolment(anns: Visitor, totp_clock: Clock) -> None:
    anns.open(ADD_APP)
    sent = anns.fields_of(ADD_APP) | {"password": PASSWORD}
    assert [anns.post(ADD_APP, sent).status_code for _ in range(2)] == [200, 409]
    assert "This form was sent twice" in anns.text


def test_new_backup_codes_are_made_once(anns: Visitor, totp_clock: Clock) -> None:
    app = begin_app(anns, totp_clock)
    anns.send(CONFIRM_APP, name="My phone", code=app.code())
    anns.open(CODES)
    sent = anns.fields_of(CODES) | {"password": PASSWORD, "code": app.code(steps=1)}
    assert anns.post(CODES, sent).status_code == 200
    codes = shown_codes(anns)
    assert anns.post(CODES, sent).status_code == 409
    assert not shown_codes(anns)
    assert len(codes) == 10
    assert AuditEvent.objects.filter(kind="backup_codes").count() == 1


def test_a_key_is_added(anns: Visitor) -> None:
    anns.open(ADD_KEY)
    page = anns.send(ADD_KEY, password=PASSWORD)
    found = re.search(
        r'<script id="credential-options" type="application/json">(.*?)</script>',
        page.content.decode(),
    )
    assert found
    options = json.loads(unescape(found[1]))
    assert "token" not in options
    response = json.dumps(Authenticator().create(options))
    anns.send(CONFIRM_KEY, name="My key", response=response)
    assert len(shown_codes(anns)) == 10
    assert SecondFactor.objects.get().type == "webauthn"


@pytest.mark.parametrize(
    "response", ["", "x", "[]", "null", "{}", "[" * 100_000, '{"id": "\\ud800"}']
)
def test_a_key_that_says_nonsense(anns: Visitor, response: str) -> None:
    anns.open(ADD_KEY)
    anns.send(ADD_KEY, password=PASSWORD)
    assert anns.send(CONFIRM_KEY, name="My key", response=response)["Location"] == FACTORS
    assert not SecondFactor.objects.exists()


@pytest.mark.parametrize("path", [ADD_APP, ADD_KEY, CODES])
def test_the_password_is_asked_for(anns: Visitor, path: str) -> None:
    for password in ("", "wrong"):
        anns.open(path)
        anns.send(path, password=password)
        assert "Your current password" in anns.text
    assert AuditEvent.objects.filter(kind="reverification_failed").count() == 1


def test_with_a_second_factor_it_is_asked_for(anns: Visitor, ann: Any, enrol_app: Any) -> None:
    app = enrol_app(ann)
    for code in ("", "000000"):
        anns.open(CODES)
        assert anns.send(CODES, password=PASSWORD, code=code).status_code == 200
        assert shown_codes(anns) == []
    assert "That was not accepted" in anns.text
    anns.send(CODES, password=PASSWORD, code=app.code(steps=1))
    assert len(shown_codes(anns)) == 10


def test_a_backup_code_confirms_too(anns: Visitor, ann: Any, enrol_app: Any) -> None:
    app = enrol_app(ann)
    path = remove_path(app.factor)
    anns.open(path)
    assert "My phone" in anns.text
    assert anns.send(path, password=PASSWORD, code=app.backup_codes[0])["Location"] == FACTORS
    assert not SecondFactor.objects.exists()
    assert not BackupCode.objects.exists()


def test_a_challenge_is_for_one_page_alone(anns: Visitor, ann: Any, enrol_app: Any) -> None:
    app = enrol_app(ann)
    anns.open(CODES)
    token = anns.fields_of(CODES)["token"]
    path = remove_path(app.factor)
    anns.open(path)
    anns.send(path, password=PASSWORD, token=token, code=app.code(steps=1))
    assert SecondFactor.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", "x.y.z", "\x00"])
def test_a_forged_challenge(anns: Visitor, ann: Any, enrol_app: Any, token: str) -> None:
    app = enrol_app(ann)
    anns.open(CODES)
    fields = {"password": PASSWORD, "token": token, "code": app.code(steps=1)}
    assert anns.send(CODES, **fields).status_code == 200
    assert shown_codes(anns) == []


def test_another_users_factor(anns: Visitor, bob: Any, enrol_app: Any) -> None:
    app = enrol_app(bob)
    for factor_id in (app.factor.pk, "0", "x", "9" * 40, "007"):
        path = f"{FACTORS}{factor_id}/remove/"
        assert anns.open(path)["Location"] == FACTORS
        anns.open(CODES)
        token = anns.browser.cookies["csrftoken"].value
        anns.post(path, {"csrfmiddlewaretoken": token, "password": PASSWORD})
        assert anns.page["Location"] == FACTORS
    assert SecondFactor.objects.count() == 1


def test_anothers_enrolment(anns: Visitor, bob: Any, totp_clock: Clock) -> None:
    app = begin_app(anns, totp_clock)
    page = anns.page
    bobs = Visitor().log_in("bob")
    bobs.open(ADD_APP)
    bobs.page = page
    token = bobs.browser.cookies["csrftoken"].value
    bobs.send(CONFIRM_APP, csrfmiddlewaretoken=token, name="x", code=app.code())
    assert bobs.page["Location"] == FACTORS
    assert not SecondFactor.objects.exists()


def test_codes_without_a_factor(anns: Visitor) -> None:
    anns.open(CODES)
    assert anns.send(CODES, password=PASSWORD)["Location"] == FACTORS
    assert not BackupCode.objects.exists()


def test_a_hostile_name_is_text(anns: Visitor, ann: Any, enrol_app: Any) -> None:
    enrol_app(ann, name="<script>alert(1)</script>\"'&")
    anns.open(FACTORS)
    assert "<script>alert(1)" not in anns.page.content.decode()


@pytest.mark.parametrize("name", ["", " ", "\x00", "x" * 129, "\u202e", "two\nlines"])
def test_a_bad_name(anns: Visitor, totp_clock: Clock, name: str) -> None:
    app = begin_app(anns, totp_clock)
    page = anns.send(CONFIRM_APP, name=name, code=app.code())
    assert page.status_code == 200
    assert app.secret in page.content.decode()
    assert not SecondFactor.objects.exists()


@pytest.mark.parametrize("path", [ADD_APP, ADD_KEY, CODES])
def test_a_kill_switch_closes_changes(anns: Visitor, path: str) -> None:
    anns.open(path)
    with switched_on(ACCOUNT_MODIFY):
        assert anns.send(path, password=PASSWORD).status_code == 503
        assert anns.open(FACTORS).status_code == 200


@pytest.mark.parametrize("path", [ADD_APP, CONFIRM_APP, ADD_KEY, CONFIRM_KEY, CODES])
def test_a_foreign_form_changes_nothing(anns: Visitor, path: str) -> None:
    fields = {"password": PASSWORD, "name": "x", "code": "000000", "token": "x", "response": "{}"}
    assert anns.post(path, fields, origin="https://evil.example").status_code == 403
    assert anns.post(path, fields).status_code == 403
    assert not AuditEvent.objects.exclude(kind="login").exists()


@pytest.mark.parametrize("path", [FACTORS, ADD_APP, ADD_KEY, CODES])
def test_strangers_are_sent_to_the_login(db: None, path: str) -> None:
    assert Visitor().open(path)["Location"].startswith("/account/login/")


def test_the_link_is_on_every_page(anns: Visitor) -> None:
    assert f'href="{FACTORS}"' in anns.page.content.decode()


def test_the_list_takes_three_queries(anns: Visitor, ann: Any, enrol_app: Any) -> None:
    enrol_app(ann)
    SecondFactor.objects.bulk_create(
        SecondFactor(user=ann, name=f"Key {number}", type="webauthn", credential_id=str(number))
        for number in range(60)
    )
    with CaptureQueriesContext(connection) as captured:
        anns.open(FACTORS)
    assert len(captured) == 3  # the session, the factors, and the number of backup codes
    names = re.findall(r"Key \d+", anns.text)
    [older] = re.findall(r'href="(\?before=\d+)"', anns.page.content.decode())
    anns.open(FACTORS + older)
    assert len(names + re.findall(r"Key \d+", anns.text)) == 60
