"""The response body of the peers, with the same number and types of fields as the service's."""

from datetime import UTC, datetime
from typing import Any


def answer(key: int, name: str, created: datetime, expires: datetime | None) -> dict[str, Any]:
    """Return the body.

    :param key: the value for the session's id.
    :param name: the value for the session's name.
    :param created: when the session began.
    :param expires: when it expires; None for never.
    """
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
