"""Forms that are sent twice, as browsers without JavaScript do for a double click."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import override_settings

from sessions_api.account.once import FORM_ID, new_form_id, spend
from sessions_api.models import UserSession
from tests.adapters import Scripted
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.account.token_form import GIVEN, NEW, TOKENS
from tests.sessions_api.account.visitor import SESSIONS, Visitor

pytestmark = pytest.mark.django_db

PASSWORD_PAGE = f"{SESSIONS}password/"
NEW_PASSWORD = {"new_password1": "a much better one", "new_password2": "a much better one"}

SCRIPTED = settings.SESSIONS_API | {"ADAPTER": "tests.adapters.Scripted"}


def scoped() -> int:
    return UserSession.objects.filter(permission_flags__isnull=False).count()


def test_a_token_form_sent_twice_makes_one_token(anns: Visitor) -> None:
    anns.open(NEW)
    sent = anns.fields_of(NEW) | GIVEN
    assert re.search(r'<textarea id="token"', anns.post(NEW, sent).content.decode())
    again = anns.post(NEW, sent)
    assert again.status_code == 409
    assert "This form was sent twice" in anns.text
    assert "<textarea" not in again.content.decode()
    assert again["Cache-Control"] == "no-store"
    assert f'href="{NEW}"' in again.content.decode()
    assert scoped() == 1
    anns.open(TOKENS)
    assert anns.text.count("Backup script") == 1


def test_each_page_has_a_form_of_its_own(anns: Visitor) -> None:
    ids = {anns.fields_of(NEW)[FORM_ID] for _ in range(3) if anns.open(NEW)}
    assert len(ids) == 3
    for _ in range(2):
        anns.open(NEW)
        anns.send(NEW, **GIVEN)
    assert scoped() == 2


def test_a_form_that_is_shown_again_can_be_sent_again(anns: Visitor) -> None:
    anns.open(NEW)
    first = anns.fields_of(NEW)[FORM_ID]
    anns.send(NEW, **GIVEN | {"password": "wrong"})
    assert "This is not your password." in anns.text
    assert anns.fields_of(NEW)[FORM_ID] != first
    anns.send(NEW, **GIVEN)
    assert scoped() == 1


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"name": ""}])
def test_back_after_a_mistake(anns: Visitor, wrong: dict[str, str]) -> None:
    """The browser's page before has the same id, which had no effect."""
    anns.open(NEW)
    sent = anns.fields_of(NEW) | GIVEN
    assert anns.post(NEW, sent | wrong).status_code == 200
    assert scoped() == 0
    assert [anns.post(NEW, sent).status_code for _ in range(2)] == [200, 409]
    assert scoped() == 1


def test_a_new_password_sent_twice(anns: Visitor) -> None:
    anns.open(PASSWORD_PAGE)
    sent = anns.fields_of(PASSWORD_PAGE) | NEW_PASSWORD | {"password": PASSWORD}
    assert anns.post(PASSWORD_PAGE, sent).status_code == 302
    assert anns.post(PASSWORD_PAGE, sent).status_code == 409
    assert anns.open().status_code == 200


def test_the_id_is_spent_for_its_user_only(anns: Visitor, make_user: Any) -> None:
    make_user("bob")
    bobs = Visitor().log_in("bob")
    anns.open(NEW)
    bobs.open(NEW)
    anns.post(NEW, anns.fields_of(NEW) | GIVEN | {FORM_ID: bobs.fields_of(NEW)[FORM_ID]})
    bobs.send(NEW, **GIVEN)
    assert scoped() == 2


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_an_id_is_spent_for_half_a_day_at_any_time(limits_clock: Clock, hour: int) -> None:
    """Windows of counters end at certain times of the day."""
    form = {FORM_ID: new_form_id()}
    limits_clock.now += hour * 3600
    assert spend(form, 1, limits_clock.now).is_first
    limits_clock.now += 12 * 3600 - 60
    assert not spend(form, 1, limits_clock.now).is_first
    limits_clock.now += 13 * 3600
    assert spend(form, 1, limits_clock.now).is_first


def unreachable(session: UserSession) -> Any:
    raise OperationalError("the connection is closed")


def test_a_failure_of_the_database_spends_nothing(anns: Visitor) -> None:
    anns.open(NEW)
    sent = anns.fields_of(NEW) | GIVEN
    with (
        override_settings(
            SESSIONS_API=settings.SESSIONS_API | {"ADAPTER": "tests.adapters.Scripted"}
        ),
        Scripted.scripted(claims=unreachable),
    ):
        assert anns.post(NEW, sent).status_code == 503
    assert anns.post(NEW, sent).status_code == 200
    assert scoped() == 1


@pytest.mark.parametrize("form_id", ["", "short", "x" * 5000, "0" * 21 + "é", "../" * 7 + "x"])
def test_other_ids_are_not_kept(anns: Visitor, form_id: str) -> None:
    anns.open(NEW)
    sent = anns.fields_of(NEW) | GIVEN | {FORM_ID: form_id}
    assert [anns.post(NEW, sent).status_code for _ in range(2)] == [200, 200]
    assert scoped() == 2
