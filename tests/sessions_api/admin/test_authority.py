"""Operations of staff who have lost their authority since the request began."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model
from django.db.models.signals import pre_save

from killswitches.models import SwitchFlip
from killswitches.registry import FILE_CREATE
from killswitches.services import states_on
from sessions_api.exceptions import Banned
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import (
    begin_bulk_sign_out,
    cancel_bulk_sign_out,
    end_if_few,
    run_next_batch,
)
from tests.admin_paths import SWITCHES, USERS
from tests.api import Login
from tests.browser import browser_of

pytestmark = pytest.mark.django_db

EVERYTHING = UserSession.objects.all()


LOSSES = [
    lambda user: get_user_model().objects.filter(pk=user.pk).update(is_active=False),
    lambda user: get_user_model().objects.filter(pk=user.pk).update(is_staff=False),
    lambda user: get_user_model().objects.filter(pk=user.pk).update(password="!secured"),
    lambda user: user.user_permissions.clear(),
]


@pytest.fixture
def banned_meanwhile(staff: Any) -> Actor:
    """Sam as the actor of a request, banned after it began."""
    get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
    return Actor(user=staff)


def test_a_few_sessions_stay_active(me: Login, banned_meanwhile: Actor) -> None:
    with pytest.raises(Banned):
        end_if_few(EVERYTHING, actor=banned_meanwhile, reason="a drill")
    assert EVERYTHING.all().get() == me.session


def test_a_bulk_sign_out_makes_no_progress(me: Login, staff: Any) -> None:
    actor = Actor(user=staff)
    sign_out = begin_bulk_sign_out(
        "5b7cbb8f-9dd8-4e37-96ec-5c0e1f8a8a0c",
        actor=actor,
        reason="a drill",
        what="All sessions",
        criteria={},
        spares_superusers=True,
        expected=None,
    )
    get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
    with pytest.raises(Banned):
        run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=True)
    with pytest.raises(Banned):
        cancel_bulk_sign_out(sign_out, actor=actor)
    sign_out.refresh_from_db()
    assert (sign_out.is_open, sign_out.ended) == (True, 0)
    assert EVERYTHING.all().get() == me.session


@pytest.mark.parametrize("loss", LOSSES)
def test_no_switch_is_flipped(staff: Any, loss: Callable[[Any], None]) -> None:
    browser = browser_of(staff, "view_killswitch", "change_killswitch")
    with before_saving(SwitchFlip, lambda: loss(staff)):
        page = browser.post(
            f"{SWITCHES}{FILE_CREATE.number}/change/", {"version": "", "reason": "no", "for": ""}
        )
    assert page.status_code == 403
    assert states_on() == []
    assert not SwitchFlip.objects.exists()


def test_no_account_is_created(root: Any) -> None:
    browser = browser_of(root)
    posted = {"username": "dora", "usable_password": "true"}
    posted |= {"password1": "a new one 123", "password2": "a new one 123"}
    hashed = get_user_model().set_password

    def demoted_meanwhile(user: Any, raw: str | None) -> None:
        hashed(user, raw)
        get_user_model().objects.filter(pk=root.pk).update(is_superuser=False)

    with mock.patch.object(get_user_model(), "set_password", demoted_meanwhile):
        assert browser.post(f"{USERS}add/", posted).status_code == 403
    assert not get_user_model().objects.filter(username="dora").exists()


def test_change_permission_without_view_permission_shows_nothing(staff: Any) -> None:
    browser = browser_of(staff, "change_killswitch")
    page = browser.post(f"{SWITCHES}{FILE_CREATE.number}/change/", {"version": "", "reason": ""})
    assert page.status_code == 403


def test_no_group_is_changed(root: Any) -> None:
    group = Group.objects.create(name="Helpers")
    browser = browser_of(root)

    def demote() -> None:
        get_user_model().objects.filter(pk=root.pk).update(is_superuser=False)

    with before_saving(Group, demote):
        for path in (f"{group.pk}/change/", "add/"):
            page = browser.post(f"/admin/auth/group/{path}", {"name": "Helping hands"})
            assert page.status_code == 403
    assert [one.name for one in Group.objects.all()] == ["Helpers"]
    assert not AuditEvent.objects.filter(kind__startswith="group").exists()


@contextmanager
def before_saving(model: type[Model], meanwhile: Callable[[], Any]) -> Iterator[None]:
    """Call a function just before a row of a model is saved within the block."""

    def receive(**_: Any) -> None:
        meanwhile()

    pre_save.connect(receive, sender=model)
    try:
        yield
    finally:
        pre_save.disconnect(receive, sender=model)
