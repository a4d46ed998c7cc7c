"""The output of ``manage.py sessions``. It never contains tokens or their ids."""

import json
from collections.abc import Iterable
from datetime import datetime

from django.core.management.base import OutputWrapper

from killswitches.command_line import Table
from killswitches.times import local_time
from sessions_api.callers.device_types import device_type
from sessions_api.models import UserSession
from sessions_api.scopes import names_of
from sessions_api.services.session_states import state_of

HEAD = ("ID", "USER", "KIND", "CREATED", "LAST USED", "ADDRESS", "BROWSER", "SYSTEM", "NAME")


class SessionTable:
    """Sessions as a table for people, written part by part."""

    def __init__(self, out: OutputWrapper) -> None:
        self._table = Table(out, *HEAD)

    def write(self, sessions: Iterable[UserSession]) -> None:
        """Write a row for each session."""
        self._table.write(map(_row, sessions))


class SessionLines:
    """Sessions as JSON Lines."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out

    def write(self, sessions: Iterable[UserSession]) -> None:
        """Write a line for each session."""
        for session in sessions:
            self._out.write(json.dumps(facts_of(session)))


def write_facts(out: OutputWrapper, session: UserSession) -> None:
    """Write all facts about a session, for people."""
    facts = facts_of(session) | {"device_type": _device_type(session)}
    Table(out, "FIELD", "VALUE").write((name, _as_text(value)) for name, value in facts.items())


def write_document(out: OutputWrapper, session: UserSession) -> None:
    """Write all facts about a session, as JSON."""
    out.write(json.dumps(facts_of(session) | {"device_type": _device_type(session)}, indent=2))


def facts_of(session: UserSession) -> dict[str, object]:
    """Return what the admin's page of a session shows, for JSON.

    The type of the device is left out, because parsing the user agents of a list takes long.
    """
    flags = session.permission_flags
    return {
        "id": session.sid,
        "user_id": str(session.user_id),
        "username": session.user.get_username(),
        "name": session.name,
        "kind": session.kind.value,
        "scopes": None if flags is None else list(names_of(flags)),
        "dialect": session.dialect,
        "state": state_of(session).value,
        "address": session.address,
        "location": session.location,
        "browser": session.browser,
        "browser_version": session.browser_version,
        "os": session.os,
        "os_version": session.os_version,
        "platform": session.platform,
        "user_agent": session.user_agent,
        "created_at": _time(session.created_at),
        "used_at": _time(session.used_at),
        "expires_at": _time(session.ends_at),
    }


def _row(session: UserSession) -> tuple[str, ...]:
    return (
        str(session.sid),
        session.user.get_username(),
        session.kind.value,
        _time(session.created_at) or "",
        _time(session.used_at) or "never",
        session.address or "",
        f"{session.browser} {session.browser_version}".strip(),
        f"{session.os} {session.os_version}".strip(),
        session.name,
    )


def _device_type(session: UserSession) -> str | None:
    known = device_type(session.user_agent)
    return known.value if known else None


def _time(moment: datetime | None) -> str | None:
    return local_time(moment).isoformat(timespec="seconds") if moment else None


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
