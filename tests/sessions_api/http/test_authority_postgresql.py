"""Staff who lose their permissions or their session while their request waits for a lock."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import F

from killswitches.models import KillSwitch
from killswitches.registry import registry
from killswitches.services import set_switch, states_on
from sessions_api.models import AuditEvent, UserSession
from sessions_api.second_factors.models import SecondFactor
from tests.api import Api, Login
from tests.browser import alive
from tests.cast import PASSWORD
from tests.held_up import held_up

pytestmark = pytest.mark.django_db(transaction=True)

#: The endpoint of each dialect by which staff end all sessions of a user.
ENDINGS = [
    ("/api/v5", "/users/{pk}/sessions/all"),
    ("/api/v4", "/users/{pk}/sessions/all"),
    ("/api", "/user/{pk}/sessions/all"),
]


def ban(sam: Any) -> None:
    get_user_model().objects.filter(pk=sam.pk).update(is_active=False)


def demote(sam: Any) -> None:
    get_user_model().objects.filter(pk=sam.pk).update(is_staff=False)


def strip(sam: Any) -> None:
    sam.user_permissions.clear()


def end_session(sam: Any) -> None:
    UserSession.objects.owned_by(sam).delete()


def delete(sam: Any) -> None:
    sam.delete()


LOSSES = [ban, demote, strip, end_session, delete]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("prefix", "path"), ENDINGS)
def test_no_sessions_are_ended(
    prefix: str, path: str, loss: Callable[[Any], None], boss: Login, me: Login
) -> None:
    api = Api(prefix, boss.token)
    page = held_up(
        lambda: api("DELETE", path.format(pk=me.user.pk)), lambda _: loss(boss.user), me.user
    )
    assert page.status_code in (401, 403), page.content
    assert alive(me) == [True]
    assert not AuditEvent.objects.filter(kind="sessions_ended").exists()


@pytest.mark.parametrize(("prefix", "path"), ENDINGS)
def test_no_sessions_of_a_new_superuser_are_ended(
    prefix: str, path: str, boss: Login, me: Login
) -> None:
    def promote(user: Any) -> None:
        get_user_model().objects.filter(pk=user.pk).update(is_superuser=True)

    api = Api(prefix, boss.token)
    page = held_up(lambda: api("DELETE", path.format(pk=me.user.pk)), promote, me.user)
    assert page.status_code == 403
    assert alive(me) == [True]


@pytest.mark.parametrize(("prefix", "path"), ENDINGS)
def test_sessions_are_ended_otherwise(prefix: str, path: str, boss: Login, me: Login) -> None:
    api = Api(prefix, boss.token)
    page = held_up(lambda: api("DELETE", path.format(pk=me.user.pk)), lambda _: None, me.user)
    assert page.status_code == 200
    assert alive(me) == [False]


@pytest.mark.parametrize("loss", LOSSES)
def test_no_factors_are_removed(
    loss: Callable[[Any], None], boss: Login, ann: Any, enrol_app: Any
) -> None:
    enrol_app(ann)
    path = f"/users/{ann.pk}/2fa/all"
    page = held_up(
        lambda: boss.api("DELETE", path, {"password": PASSWORD}), lambda _: loss(boss.user), ann
    )
    assert page.status_code in (401, 403), page.content
    assert SecondFactor.objects.count() == 1


def test_no_factors_of_a_new_superuser_are_removed(boss: Login, ann: Any, enrol_app: Any) -> None:
    enrol_app(ann)

    def promote(user: Any) -> None:
        get_user_model().objects.filter(pk=user.pk).update(is_superuser=True)

    path = f"/users/{ann.pk}/2fa/all"
    page = held_up(lambda: boss.api("DELETE", path, {"password": PASSWORD}), promote, ann)
    assert page.status_code == 403
    assert SecondFactor.objects.count() == 1


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_no_switch_is_flipped(method: str, loss: Callable[[Any], None], boss: Login) -> None:
    switch = registry.by_number(5)
    set_switch(switch, method == "DELETE")
    KillSwitch.objects.get_or_create(number=5)
    before = states_on()
    page = held_up(
        lambda: boss.api(method, "/killswitches/5", {"password": PASSWORD}),
        loss,
        boss.user,
        hold=lambda _: KillSwitch.objects.filter(number=5).update(number=F("number")),
    )
    assert page.status_code in (401, 403), page.content
    assert states_on() == before
