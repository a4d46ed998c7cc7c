"""drf-spectacular extensions for the fields of :mod:`sessions_api.http.fields`."""

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from killswitches.models import REASON_LENGTH
from sessions_api.callers.session_names import NAME_LENGTH
from sessions_api.http.schemas import Schema, integer, text
from sessions_api.scopes import all_scopes, known_mask, scope_name

#: Matches text that is not blank and has no NUL characters.
SOME_TEXT = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


class TextFieldForm(OpenApiSerializerFieldExtension):
    target_class = "sessions_api.http.fields.TextField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        return text(pattern=SOME_TEXT)


class NameFieldForm(OpenApiSerializerFieldExtension):
    target_class = "sessions_api.http.fields.NameField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        description = f"1 to {NAME_LENGTH} printable characters. Surrounding spaces are trimmed."
        return text(description, pattern=SOME_TEXT, maxLength=NAME_LENGTH)


class ReasonFieldForm(OpenApiSerializerFieldExtension):
    target_class = "sessions_api.http.fields.ReasonField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        description = f"1 to {REASON_LENGTH} characters. Line breaks become spaces."
        return text(description, pattern=SOME_TEXT, maxLength=REASON_LENGTH)


class ScopeFieldForm(OpenApiSerializerFieldExtension):
    target_class = "sessions_api.http.fields.ScopeField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        scopes = ", ".join(f"{scope_name(scope)} {scope.value}" for scope in all_scopes())
        return integer(f"A sum of: {scopes}.", minimum=1, maximum=known_mask())


class IdFieldForm(OpenApiSerializerFieldExtension):
    target_class = "sessions_api.http.fields.IdField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        return {"type": ["string", "integer"]}
