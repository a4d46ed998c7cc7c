"""The answer that every peer gives: as many fields, of the same sorts, as that of the service."""

from datetime import UTC, datetime
from typing import Any


def answer(key: int, name: str, created: datetime, expires: datetime | None) -> dict[str, Any]:
    """:param key: what stands for the session's id."""
    return {
        "id": key,
        "exp": int(expires.timestamp()) if expires else None,
        "name": name,
        "permissionFlags": None,
        "usedAt": None,
        "createdAt": _text(created),
        "updatedAt": _text(created),
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
