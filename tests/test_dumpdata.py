"""``dumpdata`` and ``loaddata``, including references to deleted accounts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from cumulonimbus.models import User
from killswitches.models import SwitchFlip
from killswitches.registry import registry
from killswitches.services import set_switch
from sessions_api.models import AuditEvent, Ban, BulkSignOut, PastSession, UserSession
from sessions_api.second_factors.models import BackupCodeUse
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from sessions_api.services.sessions import end_sessions
from tests.api import Login

pytestmark = pytest.mark.django_db(transaction=True)

#: Rows that migrations create, with different keys in each database.
MADE_BY_MIGRATIONS = ["contenttypes", "auth.permission"]


@pytest.fixture
def gone(make_user: Callable[..., Any], bob: Any, log_in: Callable[..., Login]) -> Any:
    """Return the key of a deleted account with events, a bulk sign-out and a flip."""
    gone = make_user("gone")
    log_in(gone)
    ended = log_in(bob).session
    log_in(bob)
    end_sessions(UserSession.objects.filter(pk=ended.pk), actor=Actor(gone), reason="a drill")
    begin_bulk_sign_out(
        "00000000-0000-0000-0000-000000000001",  # type: ignore[arg-type]
        actor=Actor(gone),
        reason="a drill",
        what="All sessions",
        criteria={"kind": "filter", "query": ""},
        spares_superusers=True,
        expected=3,
    )
    set_switch(next(iter(registry)), True, actor=gone, reason="a drill")
    set_banned(bob, True, actor=Actor(gone), reason="a drill")
    BackupCodeUse.objects.create(user=bob)
    key = gone.pk
    gone.delete()
    return key


@pytest.mark.parametrize(
    "natural", [[], ["natural_foreign"], ["natural_foreign", "natural_primary"]]
)
@pytest.mark.parametrize("kind", ["json", "jsonl", "xml"])
def test_dumped_data_can_be_loaded(
    gone: Any, bob: Any, tmp_path: Path, natural: list[str], kind: str
) -> None:
    dump = tmp_path / f"dump.{kind}"
    options: dict[str, Any] = dict.fromkeys(natural, True)
    call_command(
        "dumpdata",
        exclude=MADE_BY_MIGRATIONS,
        format=kind,
        output=str(dump),
        verbosity=0,
        **options,
    )
    events = AuditEvent.objects.count()
    call_command("flush", interactive=False, verbosity=0)
    call_command("loaddata", str(dump), verbosity=0)

    loaded = User.objects.get(username="bob")
    assert (loaded.pk == bob.pk) is ("natural_primary" not in natural)
    assert UserSession.objects.get().user == loaded
    assert AuditEvent.objects.count() == events
    assert AuditEvent.objects.filter(actor=loaded.pk, actor_name="bob").exists()
    past = PastSession.objects.get()
    assert (past.user, past.reason, past.kind) == (loaded, "a drill", "full")
    for row in (AuditEvent.objects.filter(actor_name="gone")[0], BulkSignOut.objects.get(), past):
        assert (row.actor_id, row.actor_name) == (gone, "gone")
    assert SwitchFlip.objects.get().actor_name == "gone"
    ban = Ban.objects.get()
    assert (ban.user, ban.actor_id, ban.actor_name) == (loaded, gone, "gone")
    assert BackupCodeUse.objects.get().user == loaded


def test_users_without_ids_get_different_ones(bob: Any, ann: Any, tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    call_command(
        "dumpdata", "cumulonimbus.user", natural_primary=True, output=str(dump), verbosity=0
    )
    assert all("pk" not in row for row in json.loads(dump.read_text()))
    User.objects.all().delete()
    call_command("loaddata", str(dump), verbosity=0)
    assert sorted(User.objects.values_list("username", flat=True)) == ["ann", "bob"]
    # Loaded again: the same two users, identified by name.
    before = set(User.objects.values_list("pk", flat=True))
    call_command("loaddata", str(dump), verbosity=0)
    assert set(User.objects.values_list("pk", flat=True)) == before
