"""The bodies that v5 alone reads, and the structures that it writes."""

from typing import Any

from rest_framework import serializers

from sessions_api.http.dialects.base import timestamp, unix_seconds
from sessions_api.http.fields import FlagField, NameField, ScopeField
from sessions_api.models import UserSession


class ScopedSessionInput(serializers.Serializer):
    name = NameField()
    permissionFlags = ScopeField(source="permission_flags")  # noqa: N815
    longLived = FlagField(source="long_lived")  # noqa: N815


def session_item(session: UserSession) -> dict[str, Any]:
    return {"id": session.sid, "name": session.name}


def session_detail(session: UserSession) -> dict[str, Any]:
    created_at = timestamp(session.created_at)
    used_at = timestamp(session.used_at) if session.used_at else None
    return {
        "id": session.sid,
        "exp": unix_seconds(session.expires_at),
        "name": session.name,
        "permissionFlags": session.permission_flags,
        "usedAt": used_at,
        "createdAt": created_at,
        # After its creation, nothing but its use changes a session.
        "updatedAt": used_at or created_at,
    }
