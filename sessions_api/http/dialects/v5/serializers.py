"""Request bodies that only v5 accepts."""

from rest_framework import serializers

from sessions_api.http.fields import FlagField, NameField, ScopeField


class ScopedSessionInput(serializers.Serializer[None]):
    name = NameField()
    permissionFlags = ScopeField(source="permission_flags")  # noqa: N815
    longLived = FlagField(source="long_lived")  # noqa: N815
