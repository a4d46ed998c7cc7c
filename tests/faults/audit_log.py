"""What the audit log has recorded, as the ledger names what it acknowledged."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from killswitches.registry import registry
from tests.faults.ledger import Deed
from tests.outages.postgresql import DATABASE, PostgreSQL

#: The deeds of the load by the kinds of their events.
KINDS = {
    "login": "login",
    "scoped_session": "API token",
    "sessions_ended": "revocation",
    "banned": "ban",
    "unbanned": "lifted ban",
    "switch_on": "switch on",
    "switch_off": "switch off",
}


def recorded(server: PostgreSQL) -> Counter[Deed]:
    """Return the deeds that a database's audit log has recorded."""
    statement = "SELECT kind, subject_id, detail FROM sessions_api_auditevent WHERE kind = ANY(%s)"
    with server.connect(DATABASE) as connection:
        rows = connection.execute(statement, [list(KINDS)]).fetchall()
    return Counter(deed for row in rows for deed in _deeds(*row))


def _deeds(kind: str, subject_id: int | None, detail: Mapping[str, Any]) -> Iterator[Deed]:
    if "switch" in detail:
        yield Deed(KINDS[kind], str(registry.get(detail["switch"]).number))
    elif kind in ("banned", "unbanned"):
        yield Deed(KINDS[kind], str(subject_id))
    else:
        for sid in detail.get("sessions") or [detail["session"]]:
            yield Deed(KINDS[kind], f"{subject_id}/{sid}")
