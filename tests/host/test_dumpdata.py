"""Dumps of a host whose accounts have UUIDs."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record
from tests.host.models import Member


@pytest.mark.parametrize("kind", ["json", "yaml", "xml"])
def test_keys_of_deleted_accounts_are_restored(mia: Member, tmp_path: Path, kind: str) -> None:
    record(AuditEvent.Kind.BANNED, Actor(name="a command"), subject=mia)
    gone = mia.pk
    mia.delete()
    dump = tmp_path / f"dump.{kind}"
    call_command(
        "dumpdata",
        "sessions_api.auditevent",
        format=kind,
        use_natural_foreign_keys=True,
        output=str(dump),
        verbosity=0,
    )
    AuditEvent._base_manager.all().delete()
    call_command("loaddata", str(dump), stdout=io.StringIO())
    assert AuditEvent.objects.get().subject_id == gone
