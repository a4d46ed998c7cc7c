"""Bans: since when, by whom and why is kept, wherever a ban comes from."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from sessions_api.models import AuditEvent, Ban
from sessions_api.services.audit import Actor
from sessions_api.services.bans import ban_of, set_banned
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.signals import ban_changed
from tests.api import Login

pytestmark = pytest.mark.django_db

HISTORY = ["banned", "unbanned"]


def history() -> list[tuple[str, str, str]]:
    """Kind, author and reason of all events about bans, the oldest first."""
    events = AuditEvent.objects.filter(kind__in=HISTORY).order_by("pk")
    return [(one.kind, one.actor_name, one.detail.get("reason", "")) for one in events]


def fresh(user: Any) -> Any:
    return type(user).objects.get(pk=user.pk)


@contextmanager
def told() -> Iterator[list[tuple[str, bool]]]:
    """Collect what the signal tells: the names of accounts, and whether they were banned."""
    heard: list[tuple[str, bool]] = []

    def hear(*, user: Any, banned: bool, **_: object) -> None:
        heard.append((user.username, banned))

    ban_changed.connect(hear)
    try:
        yield heard
    finally:
        ban_changed.disconnect(hear)


class TestTheService:
    def test_it_keeps_when_who_and_why(self, ann: Any, root: Any) -> None:
        before = timezone.now()
        assert set_banned(ann, True, actor=Actor(user=root), reason="Sends spam")
        kept = ban_of(ann)
        assert kept is not None
        assert before <= kept.banned_at <= timezone.now()
        assert (kept.reason, kept.actor, kept.actor_name) == ("Sends spam", root, "root")
        assert str(kept) == "Ban of ann"

    def test_the_author_may_go(self, ann: Any, make_user: Any) -> None:
        lou = make_user("lou", is_staff=True)
        set_banned(ann, True, actor=Actor(user=lou), reason="x")
        key = lou.pk
        lou.delete()
        kept = Ban.objects.get()
        assert (kept.actor.pk, kept.actor_name) == (key, "lou")

    def test_a_second_ban_changes_nothing(self, ann: Any, root: Any) -> None:
        set_banned(ann, True, actor=Actor(user=root), reason="first")
        first = ban_of(ann)
        assert not set_banned(ann, True, actor=Actor(name="another"), reason="second")
        again = ban_of(fresh(ann))
        assert first is not None
        assert again is not None
        assert (again.banned_at, again.reason) == (first.banned_at, "first")
        assert history() == [("banned", "root", "first")]

    def test_nothing_is_left_of_a_ban_that_is_lifted(self, ann: Any, root: Any) -> None:
        set_banned(ann, True, actor=Actor(user=root), reason="x")
        assert set_banned(ann, False, actor=Actor(user=root), reason="A mistake")
        assert ban_of(ann) is None
        assert not Ban.objects.exists()
        assert history() == [("banned", "root", "x"), ("unbanned", "root", "A mistake")]

    def test_a_reason_may_be_long(self, ann: Any) -> None:
        reason = "long " * 1000
        set_banned(ann, True, actor=Actor(name="a command"), reason=reason)
        assert Ban.objects.get().reason == reason

    def test_securing_an_account_keeps_its_reason(self, ann: Any, root: Any) -> None:
        secure_account(
            ann, actor=Actor(user=root), reason="Hijacked", mark=password_mark(ann), ban=True
        )
        kept = Ban.objects.get()
        assert (kept.user_id, kept.reason, kept.actor_name) == (ann.pk, "Hijacked", "root")

    def test_a_ban_goes_with_the_account(self, ann: Any, bob: Any) -> None:
        for user in (ann, bob):
            set_banned(user, True, actor=Actor(name="x"))
        ann.delete()
        assert Ban.objects.get().user_id == bob.pk


class TestAPlainSave:
    """In a command, a shell, or a host's own code."""

    @pytest.mark.parametrize("fields", [None, ["is_active"], ["is_active", "email"]])
    def test_it_is_noticed(
        self, ann: Any, fields: list[str] | None, django_capture_on_commit_callbacks: Any
    ) -> None:
        before = timezone.now()
        with told() as heard:
            for active in (False, True):
                ann.is_active = active
                with django_capture_on_commit_callbacks(execute=True):
                    ann.save(update_fields=fields)
                if not active:
                    kept = ban_of(ann)
                    assert kept is not None
                    assert before <= kept.banned_at <= timezone.now()
                    assert (kept.actor, kept.actor_name) == (None, "a change of the account")
        assert history() == [
            ("banned", "a change of the account", ""),
            ("unbanned", "a change of the account", ""),
        ]
        assert heard == [("ann", True), ("ann", False)]
        assert not Ban.objects.exists()

    def test_saves_that_change_nothing_of_it_are_no_bans(self, ann: Any, carol: Any) -> None:
        for user in (ann, carol):
            user.save()
            user.email = "new@example.com"
            user.save(update_fields=["email"])
            user.email = f"{user.username}@example.com"
            user.save()
        ann.is_active = False
        ann.save(update_fields=["email"])
        deferred = type(ann).objects.only("email").get(pk=ann.pk)
        deferred.save()
        assert history() == []
        assert not Ban.objects.exists()

    def test_an_old_copy_that_lifts_a_ban_is_noticed(self, ann: Any, root: Any) -> None:
        copy = fresh(ann)
        set_banned(ann, True, actor=Actor(user=root), reason="x")
        copy.save()
        assert fresh(ann).is_active
        assert not Ban.objects.exists()
        assert history()[-1] == ("unbanned", "a change of the account", "")

    def test_an_old_copy_that_bans_again_keeps_the_first_ban(self, ann: Any, root: Any) -> None:
        copy = fresh(ann)
        set_banned(ann, True, actor=Actor(user=root), reason="x")
        copy.is_active = False
        copy.save()
        assert Ban.objects.get().reason == "x"
        assert len(history()) == 1

    def test_a_save_that_fails_leaves_nothing_for_the_next(self, ann: Any) -> None:
        ann.is_active, ann.username = False, "what the database refuses"
        with pytest.raises(DatabaseError), transaction.atomic():
            ann.save()
        ann.username = "ann"
        ann.save(update_fields=["username"])
        assert history() == []
        assert not Ban.objects.exists()

    def test_whoever_is_created_inactive_was_not_banned(self, carol: Any) -> None:
        assert ban_of(carol) is None
        assert history() == []

    def test_fixtures_are_loaded_as_they_are(self, ann: Any, root: Any) -> None:
        set_banned(ann, True, actor=Actor(user=root), reason="x")
        dumped = serializers.serialize("python", [*type(ann).objects.all(), *Ban.objects.all()])
        kept = Ban.objects.values().get()
        type(ann).objects.filter(pk=ann.pk).update(is_active=True)
        Ban.objects.all().delete()
        for one in serializers.deserialize("python", dumped):
            one.save()
        assert Ban.objects.values().get() == kept
        assert len(history()) == 1

    def test_the_user_of_a_proxy_model_is_noticed(self, ann: Any) -> None:
        class Proxy(type(ann)):  # type: ignore[misc]
            class Meta:
                proxy = True
                app_label = "cumulonimbus"

        try:
            account = Proxy.objects.get(pk=ann.pk)
            account.is_active = False
            account.save()
        finally:
            del apps.all_models["cumulonimbus"]["proxy"]
            apps.clear_cache()
        assert Ban.objects.get().user_id == ann.pk


class TestAnUpdate:
    """By a host's ``update()`` or by SQL, which nothing tells of."""

    def test_nothing_is_known_of_it(self, ann: Any) -> None:
        type(ann).objects.filter(pk=ann.pk).update(is_active=False)
        assert ban_of(fresh(ann)) is None

    def test_it_counts_from_when_somebody_gives_a_reason(self, carol: Any, root: Any) -> None:
        assert not set_banned(carol, True, actor=Actor(user=root))
        assert set_banned(carol, True, actor=Actor(user=root), reason="Sends spam")
        assert not set_banned(carol, True, actor=Actor(user=root), reason="Another")
        kept = ban_of(carol)
        assert kept is not None
        assert (kept.reason, kept.actor) == ("Sends spam", root)
        assert history() == [("banned", "root", "Sends spam")]

    def test_what_is_left_of_an_earlier_ban_is_of_no_account(self, ann: Any, root: Any) -> None:
        set_banned(ann, True, actor=Actor(user=root), reason="first")
        type(ann).objects.filter(pk=ann.pk).update(is_active=True)
        ann = fresh(ann)
        assert ban_of(ann) is None
        Ban.objects.update(banned_at=timezone.now() - timedelta(days=9))
        set_banned(ann, True, actor=Actor(name="a command"))
        kept = ban_of(ann)
        assert kept is not None
        assert kept.banned_at > timezone.now() - timedelta(minutes=1)
        assert (kept.reason, kept.actor, kept.actor_name) == ("", None, "a command")


def test_bans_of_before_are_taken_from_the_audit_log(
    ann: Any, bob: Any, carol: Any, root: Any, me: Login
) -> None:
    """As the migration does."""
    set_banned(ann, True, actor=Actor(user=root), reason="first")
    set_banned(ann, False, actor=Actor(user=root))
    set_banned(ann, True, actor=Actor(user=root), reason="second")
    set_banned(bob, True, actor=Actor(user=root), reason="not for long")
    set_banned(bob, False, actor=Actor(user=root))
    type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    of_ann = Ban.objects.values().get()
    Ban.objects.all().delete()

    migration = import_module("sessions_api.migrations.0010_bans")
    migration.keep_bans(apps, SimpleNamespace(connection=connection))
    kept = Ban.objects.values().get()
    event = AuditEvent.objects.filter(subject=ann.pk, kind="banned").latest("at")
    assert kept == of_ann | {"id": kept["id"], "banned_at": event.at}
