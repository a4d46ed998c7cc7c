"""``manage.py create_helper_group``: its members can view everything and change nothing."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group, Permission
from django.core import serializers
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver

from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import GLOBAL
from killswitches.services import set_switch
from sessions_api.management.commands.create_helper_group import HELPERS
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.second_factors.models import SecondFactor
from tests.browser import browser_of, page_of

pytestmark = pytest.mark.django_db

SEEN = {
    "view_auditevent",
    "view_incident",
    "view_killswitch",
    "view_notice",
    "view_secondfactor",
    "view_bulksignout",
    "view_switchflip",
    "view_user",
    "view_usersession",
}


def create(**options: Any) -> tuple[str, str]:
    """Run the command, and return its output and warnings."""
    out, err = StringIO(), StringIO()
    call_command("create_helper_group", stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


class TestTheCommand:
    def test_creates_a_group_with_view_permissions(self) -> None:
        assert create() == ("Created: Helpers\n", "")
        group = Group.objects.get()
        assert group.name == HELPERS
        assert {one.codename for one in group.permissions.all()} == SEEN

    def test_adds_missing_permissions_and_removes_none(self) -> None:
        create(name="Front desk")
        group = Group.objects.get(name="Front desk")
        group.permissions.remove(Permission.objects.get(codename="view_auditevent"))
        group.permissions.add(Permission.objects.get(codename="view_group"))
        assert create(name="Front desk") == ("Updated: Front desk\n", "")
        assert {one.codename for one in group.permissions.all()} == SEEN | {"view_group"}
        assert Group.objects.count() == 1

    def test_warns_if_the_group_may_do_more(self) -> None:
        create()
        more = Permission.objects.get(codename="delete_usersession")
        Group.objects.get().permissions.add(more)
        assert create() == ("Updated: Helpers\n", f"Members can do more than view: {more}\n")

    def test_names_of_permissions_are_escaped(self) -> None:
        create()
        more = Permission.objects.get(codename="delete_usersession")
        Permission.objects.filter(pk=more.pk).update(name="\x1b[2Jnothing")
        Group.objects.get().permissions.add(more)
        _, err = create()
        assert err.endswith(r"\x1b[2Jnothing" + "\n")

    @pytest.mark.parametrize("name", ["", "x" * 151, "a\x00b", "a\nb"])
    def test_invalid_names_are_refused(self, name: str) -> None:
        with pytest.raises(CommandError, match="1 to 150 characters"):
            create(name=name)
        assert not Group.objects.exists()

    def test_before_the_migrations_have_run(self) -> None:
        Permission.objects.filter(codename="view_auditevent").delete()
        with pytest.raises(CommandError, match=r"view_auditevent\. Run `migrate` first"):
            create()
        assert not Group.objects.exists()


@pytest.fixture
def rows(ann: Any, staff: Any, log_in: Any, enrol_app: Any) -> list[Any]:
    """Create a row of everything that helpers may view."""
    login = log_in(ann, name="Ann's phone")
    factor = enrol_app(ann).factor
    set_switch(GLOBAL, True, actor=staff, reason="a drill")
    ending = BulkSignOut.objects.create(
        actor_name="sam", reason="x", what="All sessions", newest_pk=1, next_pk=1, expected=1
    )
    event, flip = AuditEvent.objects.first(), SwitchFlip.objects.first()
    return [ann, login.session, factor, KillSwitch.objects.get(), flip, ending, event]


@pytest.fixture
def helper(make_user: Any) -> Any:
    create()
    user = make_user("hal", is_staff=True)
    user.groups.add(Group.objects.get())
    return user


@pytest.fixture
def window(helper: Any) -> Browser:
    return browser_of(helper)


def test_members_can_view_everything(window: Browser, rows: list[Any]) -> None:
    for row in rows:
        opts = row._meta
        listing = window.get(f"/admin/{opts.app_label}/{opts.model_name}/")
        assert listing.status_code == 200
        page = window.get(page_of(row))
        assert page.status_code == 200, row
    page = window.get(page_of(rows[0])).content.decode()
    assert "Ann&#x27;s phone" in page
    assert "Security history" in page


#: Pages that all staff may post to: changing their own password, logging out, and pages that
#: respond to POST as to GET.
HARMLESS = {
    "app_list",
    "autocomplete",
    "index",
    "jsi18n",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "view_on_site",
}


def patterns(found: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every URL pattern of the admin, with its view."""
    for one in found:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, prefix + str(one.pattern))
        else:
            yield prefix + str(one.pattern), one


def addresses(rows: list[Any]) -> Iterator[str]:
    """Yield every URL of the admin that is not harmless, for each row and its owner."""
    urls, _, _ = admin.site.urls
    by_model = {f"{row._meta.app_label}/{row._meta.model_name}/": row for row in rows}
    for pattern, one in patterns(urls):
        if one.name in HARMLESS or "catch_all_view" in repr(one.callback):
            continue
        row = next((row for start, row in by_model.items() if pattern.startswith(start)), None)
        owner = getattr(row, "user_id", row.pk if row is not None else 1)
        key = row.pk if row is not None else 1
        path = re.sub(r"<(path:|str:|int:)?user_id>", str(owner), pattern)
        path = re.sub(r"<[^>]*>|\(\?P<[^>]+>[^)]*\)", str(key), path)
        yield "/admin/" + path.replace("^", "").replace("\\Z", "").replace("$", "")


def everything() -> set[str]:
    """Return all rows of all tables, except for Django's own sessions."""
    models = [model for model in apps.get_models() if model._meta.label != "sessions.Session"]
    return {serializers.serialize("json", model._base_manager.order_by("pk")) for model in models}


def test_members_cannot_change_anything_by_any_post(window: Browser, rows: list[Any]) -> None:
    found = sorted(set(addresses(rows)))
    assert page_of(rows[0]) in found
    assert page_of(rows[1], "delete") in found
    assert len(found) > 40
    anything = {
        "reason": "x",
        "why": "x",
        "password": "unusable",
        "enable": "on",
        "post": "yes",
        "confirmed": "yes",
        "username": "x",
        "turn": "off",
    }
    before = everything()
    for address in found:
        # Pages for viewing respond as to GET, or with 405. All others refuse. The part of a page
        # that only a script asks for is not found where there is no row.
        status = window.post(address, anything).status_code
        assert status in {200, 302, 400, 403, 404, 405}, (address, status)
        is_page = status in {200, 302}
        assert not is_page or window.get(address).status_code == status, (address, status)
        assert everything() == before, address


@pytest.mark.parametrize("model", [*filter(admin.site.is_registered, apps.get_models())])
def test_members_cannot_change_anything_by_any_action(
    window: Browser, rows: list[Any], model: Any
) -> None:
    shown_by = admin.site.get_model_admin(model)
    listing = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    keys = list(model._base_manager.values_list("pk", flat=True)) or [1]
    before = everything()
    actions = [getattr(one, "__name__", one) for one in (shown_by.actions or [])]
    for action in {*actions, "delete_selected"}:
        posted = {"action": action, ACTION_CHECKBOX_NAME: keys, "confirmed": "yes", "post": "yes"}
        # A list without actions may ignore the post.
        status = window.post(listing, posted).status_code
        assert status == 403 or (status == 200 and not actions), action
    assert everything() == before


def test_pages_do_not_offer_what_is_refused(window: Browser, rows: list[Any]) -> None:
    for row in rows:
        page = window.get(page_of(row)).content.decode()
        assert 'name="_save"' not in page, row
        assert "deletelink" not in page, row
    page = window.get(page_of(rows[0])).content.decode()
    assert "/secure/" not in page
    assert "/end/" not in page
    assert admin.site.is_registered(UserSession)
    assert admin.site.is_registered(SecondFactor)
