"""Bans over REST that meet other requests, on PostgreSQL."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sessions_api.models import AuditEvent, Ban, UserSession
from tests.api import Login
from tests.cast import PASSWORD
from tests.held_up import held_up
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def ban(login: Login, user: Any) -> Any:
    body = {"reason": login.user.username, "password": PASSWORD}
    return login.api("PUT", f"/users/{user.pk}/ban", body)


def lift(login: Login, user: Any) -> Any:
    return login.api("DELETE", f"/users/{user.pk}/ban", {"password": PASSWORD})


def kinds() -> list[str]:
    events = AuditEvent.objects.filter(kind__in=["banned", "unbanned"]).order_by("pk")
    return list(events.values_list("kind", flat=True))


def test_of_many_at_once_one_bans(boss: Login, root: Any, ann: Any, log_in: Any) -> None:
    roots = log_in(root)
    logins = [boss, roots] * 4
    answers = together(*(partial(ban, login, ann) for login in logins))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["bannedAt"] for answer in answers}) == 1
    kept = Ban.objects.get()
    assert kept.reason == kept.actor_name
    assert kinds() == ["banned"]


def test_bans_and_their_ends_take_turns(boss: Login, root: Any, ann: Any, log_in: Any) -> None:
    roots = log_in(root)
    calls = [partial(ban, boss, ann), partial(lift, roots, ann)] * 4
    assert {answer.status_code for answer in together(*calls)} == {200}
    ann.refresh_from_db()
    assert Ban.objects.exists() is not ann.is_active
    happened = kinds()
    assert happened == [["banned", "unbanned"][turn % 2] for turn in range(len(happened))]
    assert len(happened) % 2 == (not ann.is_active)


def banned(sam: Any) -> None:
    type(sam).objects.filter(pk=sam.pk).update(is_active=False)


def demoted(sam: Any) -> None:
    type(sam).objects.filter(pk=sam.pk).update(is_staff=False)


def stripped(sam: Any) -> None:
    sam.user_permissions.clear()


def logged_out(sam: Any) -> None:
    UserSession.objects.owned_by(sam).delete()


@pytest.mark.parametrize("loss", [banned, demoted, stripped, logged_out])
def test_whoever_loses_the_right_while_waiting_bans_nobody(
    boss: Login, ann: Any, loss: Callable[[Any], None]
) -> None:
    answer = held_up(lambda: ban(boss, ann), lambda _: loss(boss.user), ann)
    assert answer.status_code in (401, 403)
    ann.refresh_from_db()
    assert ann.is_active
    assert not Ban.objects.exists()


def test_whoever_becomes_a_superuser_meanwhile_is_not_banned(boss: Login, ann: Any) -> None:
    def promote(user: Any) -> None:
        type(user).objects.filter(pk=user.pk).update(is_superuser=True)

    answer = held_up(lambda: ban(boss, ann), promote, ann)
    assert answer.status_code == 403
    assert not Ban.objects.exists()


def test_an_account_that_goes_meanwhile_is_unknown(boss: Login, ann: Any) -> None:
    answer = held_up(lambda: ban(boss, ann), lambda user: user.delete(), ann)
    assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_USER_ERROR")
    assert kinds() == []
