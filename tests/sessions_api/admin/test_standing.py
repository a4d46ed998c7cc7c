"""Deeds of staff who have lost what they may do since the deed began."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models.signals import pre_save
from django.test import RequestFactory

from killswitches.models import SwitchFlip
from killswitches.registry import FILE_CREATE
from killswitches.services import set_switch, states_on
from sessions_api.exceptions import Banned
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import (
    begin_bulk_sign_out,
    cancel_bulk_sign_out,
    end_if_few,
    run_next_batch,
)
from tests.api import Login
from tests.browser import browser_of

pytestmark = pytest.mark.django_db

EVERYTHING = UserSession.objects.all()


@pytest.fixture
def banned_meanwhile(staff: Any) -> Actor:
    """Sam, as the request knows him, who has been banned since."""
    get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
    return Actor(user=staff)


def test_a_few_sessions_live_on(me: Login, banned_meanwhile: Actor) -> None:
    with pytest.raises(Banned):
        end_if_few(EVERYTHING, actor=banned_meanwhile, reason="a drill")
    assert EVERYTHING.all().get() == me.session


def test_a_long_ending_stands_still(me: Login, staff: Any) -> None:
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


def test_no_switch_is_flipped_in_the_admin(banned_meanwhile: Actor) -> None:
    page = RequestFactory().post("/")
    with pytest.raises(PermissionDenied):
        set_switch(FILE_CREATE, True, actor=banned_meanwhile.user, reason="x", source=page)
    assert states_on() == []
    assert not SwitchFlip.objects.exists()


def test_no_group_is_changed(root: Any) -> None:
    group = Group.objects.create(name="Helpers")
    browser = browser_of(root)

    def demote(**_: Any) -> None:
        get_user_model().objects.filter(pk=root.pk).update(is_superuser=False)

    pre_save.connect(demote, sender=Group)
    try:
        for path in (f"{group.pk}/change/", "add/"):
            page = browser.post(f"/admin/auth/group/{path}", {"name": "Helping hands"})
            assert page.status_code == 403
    finally:
        pre_save.disconnect(demote, sender=Group)
    assert [one.name for one in Group.objects.all()] == ["Helpers"]
    assert not AuditEvent.objects.filter(kind__startswith="group").exists()
