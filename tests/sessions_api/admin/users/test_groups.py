"""Groups in the admin: only superusers may change them, and changes are audited."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser

from sessions_api.models import AuditEvent
from tests.admin_paths import GROUPS
from tests.audit_outage import no_room_for_events
from tests.browser import browser_of, select
from tests.cast import allow

pytestmark = pytest.mark.django_db

ALL = ("view_group", "add_group", "change_group", "delete_group")


@pytest.fixture
def group(newcomer: Any) -> Group:
    """Create a group with nora as a member."""
    group = Group.objects.create(name="Clerks")
    newcomer.groups.add(group)
    return group


@pytest.fixture
def manager(newcomer: Any) -> Browser:
    """The browser of nora, who has all permissions on groups."""
    return browser_of(newcomer, *ALL)


def right(codename: str) -> int:
    return Permission.objects.get(codename=codename).pk


def on_record() -> list[tuple[str, str, dict[str, Any]]]:
    events = AuditEvent.objects.order_by("pk")
    return [(event.kind, event.actor_name, event.detail) for event in events]


def test_others_cannot_change_groups(manager: Browser, group: Group) -> None:
    page = f"{GROUPS}{group.pk}/change/"
    forged = {"name": "Kings", "permissions": [right("change_user")]}
    for address, posted in (
        (page, forged),
        (page, forged | {"_saveasnew": "x"}),
        (f"{GROUPS}add/", forged),
        (f"{GROUPS}{group.pk}/delete/", {"post": "yes"}),
        (GROUPS, select("delete_selected", group, post="yes")),
    ):
        assert manager.post(address, posted).status_code == 403
    assert [one.name for one in Group.objects.all()] == ["Clerks"]
    assert not group.permissions.exists()
    assert on_record() == []


def test_others_may_view_groups(manager: Browser, newcomer: Any, group: Group) -> None:
    page = manager.get(f"{GROUPS}{group.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert b"_selected_action" not in manager.get(GROUPS).content
    assert manager.get(f"{GROUPS}add/").status_code == 403
    assert browser_of(newcomer).get(GROUPS).status_code == 403


def test_superusers_create_change_and_delete_groups(roots_desk: Browser, newcomer: Any) -> None:
    roots_desk.post(f"{GROUPS}add/", {"name": "Clerks", "permissions": [right("view_user")]})
    group = Group.objects.get()
    newcomer.groups.add(group)
    page = f"{GROUPS}{group.pk}/change/"
    roots_desk.post(page, {"name": "Clerks", "permissions": [right("view_user")]})
    roots_desk.post(page, {"name": "Aides", "permissions": [right("change_user")]})
    roots_desk.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"})
    assert not Group.objects.exists()
    view, change = "cumulonimbus.view_user", "cumulonimbus.change_user"
    gone = {"group": "Aides", "permissions": {"removed": [change]}, "members": 1}
    changed = {"added": [change], "removed": [view]}
    assert on_record() == [
        ("group_created", "root", {"group": "Clerks", "permissions": {"added": [view]}}),
        (
            "group_changed",
            "root",
            {"group": "Aides", "permissions": changed, "renamed_from": "Clerks"},
        ),
        ("group_deleted", "root", gone),
    ]


def test_deleting_selected_groups_is_audited(roots_desk: Browser) -> None:
    groups = [Group.objects.create(name=name) for name in ("Clerks", "Aides")]
    roots_desk.post(GROUPS, select("delete_selected", *groups, post="yes"))
    assert not Group.objects.exists()
    assert {detail["group"] for _, _, detail in on_record()} == {"Clerks", "Aides"}


def test_a_change_that_cannot_be_recorded_does_not_happen(
    roots_desk: Browser, group: Group
) -> None:
    roots_desk.raise_request_exception = False
    with no_room_for_events():
        page = roots_desk.post(f"{GROUPS}{group.pk}/change/", {"name": "Aides"})
    assert page.status_code == 500
    assert Group.objects.get().name == "Clerks"


def test_members_of_a_group_cannot_change_it(newcomer: Any, group: Group, make_user: Any) -> None:
    """Not even with every permission."""
    allow(newcomer, "auth.change_group", "cumulonimbus.change_user", "auth.view_group")
    browser = Browser()
    browser.force_login(newcomer)
    posted = {"name": "Clerks", "permissions": [right("delete_user")]}
    assert browser.post(f"{GROUPS}{group.pk}/change/", posted).status_code == 403
    assert not group.permissions.exists()
