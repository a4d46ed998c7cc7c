"""Deleting accounts: the confirmation page, and fixtures dumped afterwards."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.models import PROTECT
from django.db.models.signals import post_delete
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.admin import UserSessionAdmin
from sessions_api.admin.users import admin as users
from sessions_api.admin.users import deletion
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor, record
from tests.admin_paths import USERS
from tests.api import Login, is_dead
from tests.browser import browser_of, said, select

pytestmark = pytest.mark.django_db

MANY = 3000
KIND = AuditEvent.Kind.SESSIONS_ENDED


def give_sessions(owner: Login, number: int) -> None:
    first = owner.session
    UserSession.objects.bulk_create(
        UserSession(
            user=first.user,
            sid=sid,
            name=f"Session {sid}",
            expires_at=first.expires_at,
            password_mark=first.password_mark,
        )
        for sid in range(1, number + 1)
    )


def ask(browser: Browser, user: Any) -> tuple[str, int]:
    """Return the confirmation page for a deletion, and its number of queries."""
    ContentType.objects.clear_cache()
    with CaptureQueriesContext(connection) as queries:
        page = browser.get(f"/admin/cumulonimbus/user/{user.pk}/delete/")
    assert page.status_code == 200
    return page.content.decode(), len(queries)


def test_the_page_shows_numbers_of_rows(root: Any, me: Login, bobs: Login) -> None:
    give_sessions(me, MANY)
    many, queries = ask(browser_of(root), me.user)
    few, queries_of_few = ask(browser_of(root), bobs.user)
    assert f"Sessions: {MANY + 1}" in many
    assert "Sessions: 1" in few
    assert abs(len(many) - len(few)) < 100
    assert queries == queries_of_few


def test_rows_that_must_be_loaded_are_not_listed(root: Any, me: Login, bobs: Login) -> None:
    """With a receiver for all models, Django loads rows before it deletes them."""

    def receiver(**_: Any) -> None:
        pass

    give_sessions(me, MANY)
    post_delete.connect(receiver)
    try:
        many, _ = ask(browser_of(root), me.user)
        few, _ = ask(browser_of(root), bobs.user)
    finally:
        post_delete.disconnect(receiver)
    assert f"Sessions: {MANY + 1}" in many
    assert abs(len(many) - len(few)) < 100


def test_the_list_of_protected_rows_is_truncated(
    root: Any, me: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_sessions(me, MANY)
    owner = UserSession._meta.get_field("user").remote_field
    monkeypatch.setattr(owner, "on_delete", PROTECT)
    page, _ = ask(browser_of(root), me.user)
    assert page.count("Session: ") == deletion.NAMED
    assert f"… and {MANY + 1 - deletion.NAMED:,} more" in page


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    root: Any, me: Login, bobs: Login
) -> None:
    give_sessions(me, MANY)
    taken = []
    for login in (me, bobs):
        browser = browser_of(root)
        ContentType.objects.clear_cache()
        with CaptureQueriesContext(connection) as queries:
            browser.post(f"/admin/cumulonimbus/user/{login.user.pk}/delete/", {"post": "yes"})
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert not UserSession.objects.exists()
    for login, count in ((me, MANY + 1), (bobs, 1)):
        events = AuditEvent.objects.filter(kind=KIND, subject=login.user.pk)
        assert sum(len(event.detail["sessions"]) for event in events) == count


def test_missing_permissions_on_dependent_rows_are_shown(me: Login, make_user: Any) -> None:
    clerk = make_user("clerk", is_staff=True)
    page, _ = ask(browser_of(clerk, "view_user", "delete_user"), me.user)
    assert "<li>session</li>" in page


def test_too_many_selected_are_refused(
    root: Any, ann: Any, bob: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browser_of(root)
    posted = select("delete_selected", ann, bob, post="yes")
    monkeypatch.setattr(users, "MAX_SELECTED", 1)
    page = browser.post(USERS, posted, follow=True)
    assert said(page) == "Nothing was deleted. Select at most 1."
    assert get_user_model().objects.count() == 3
    monkeypatch.undo()
    page = browser.post(USERS, posted, follow=True)
    assert said(page) == "Successfully deleted 2 users."
    assert get_user_model().objects.get() == root


@pytest.mark.parametrize("options", [["--natural-foreign"], [], ["--natural-primary"]])
def test_a_fixture_keeps_the_keys_of_deleted_accounts(
    options: list[str], ann: Any, bob: Any, tmp_path: Path
) -> None:
    record(KIND, Actor(user=bob), subject=ann)
    gone, kept = bob.pk, ann.pk
    bob.delete()
    dump = io.StringIO()
    models = ["cumulonimbus.user", "sessions_api.auditevent"]
    call_command("dumpdata", *models, *options, stdout=dump)
    event = next(one for one in json.loads(dump.getvalue()) if one["model"] == models[1])
    assert event["fields"]["actor"] == gone
    AuditEvent._base_manager.all().delete()
    fixture = tmp_path / "rows.json"
    fixture.write_text(dump.getvalue())
    call_command("loaddata", str(fixture), stdout=io.StringIO())
    loaded = AuditEvent.objects.get()
    assert (loaded.actor_id, loaded.subject_id) == (gone, kept)


def test_a_hosts_own_rule_is_applied_to_each_row(root: Any, me: Login) -> None:
    """A host's rule that depends on the row, as if paid invoices could not be deleted."""

    class Kept(admin.ModelAdmin):
        def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
            return obj is None

    browser, path = browser_of(root), f"/admin/cumulonimbus/user/{me.user.pk}/delete/"
    admin.site.unregister(UserSession)
    admin.site.register(UserSession, Kept)
    try:
        assert "<li>session</li>" in browser.get(path).content.decode()
        assert browser.post(path, {"post": "yes"}).status_code == 403
    finally:
        admin.site.unregister(UserSession)
        admin.site.register(UserSession, UserSessionAdmin)
    assert not is_dead(me)


def test_a_site_without_the_action_does_not_get_it(root: Any) -> None:
    users = "/admin/cumulonimbus/user/"
    assert 'value="delete_selected"' in browser_of(root).get(users).content.decode()
    action = admin.site.get_action("delete_selected")
    admin.site.disable_action("delete_selected")
    try:
        assert 'value="delete_selected"' not in browser_of(root).get(users).content.decode()
    finally:
        admin.site.add_action(action, "delete_selected")
