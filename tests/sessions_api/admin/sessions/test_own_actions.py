"""Actions of other apps in the list of sessions."""

from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.test import RequestFactory

from sessions_api.admin import UserSessionAdmin
from sessions_api.models import UserSession

pytestmark = pytest.mark.django_db


class OwnAdmin(UserSessionAdmin):
    """It keeps the actions that are added here apart from those of other tests."""


@admin.action(permissions=["delete"])
def log_out(own: Any, request: Any, queryset: Any) -> None:
    pass


@admin.action(permissions=["view"])
def look(own: Any, request: Any, queryset: Any) -> None:
    pass


def offered(user: Any) -> set[str]:
    request: HttpRequest = RequestFactory().get("/")
    request.user = user
    return set(OwnAdmin(UserSession, admin.site).get_actions(request))


def test_they_ask_for_permissions(staff: Any, helper: Any) -> None:
    ours = set(UserSessionAdmin.actions)
    for action in (log_out, look, log_out):
        OwnAdmin.add_action(action)
    assert offered(staff) == {*ours, "log_out", "look"}
    assert offered(helper) == {"look"}
    assert set(UserSessionAdmin.actions) == ours


@pytest.mark.parametrize("name", ["delete_selected", "end_all_others"])
def test_ours_are_not_replaced(name: str) -> None:
    def other(own: Any, request: Any, queryset: Any) -> None:
        pass

    other.__name__ = name
    with pytest.raises(ValueError, match=name):
        OwnAdmin.add_action(other)
