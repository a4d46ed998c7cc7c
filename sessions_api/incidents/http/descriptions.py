"""drf-spectacular extensions for the inputs of incidents."""

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from sessions_api.http.fields import MAX_IDS
from sessions_api.http.openapi.fields import SOME_TEXT
from sessions_api.http.openapi.parameters import MAX_ID
from sessions_api.http.schemas import Schema, text

#: The control characters that a text of several lines may not have, for a class in a pattern.
CONTROLS = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"


class TextForm(OpenApiSerializerFieldExtension):
    """The form of the texts: those that are not blank, up to a length."""

    target_class = "sessions_api.incidents.http.fields.LineField"
    pattern = SOME_TEXT

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        longest = self.target.max_length
        return text(self.target.help_text or "", pattern=self.pattern, maxLength=longest)


class LinesForm(TextForm):
    target_class = "sessions_api.incidents.http.fields.LinesField"
    pattern = rf"^[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*$"


class CriterionForm(TextForm):
    target_class = "sessions_api.incidents.http.fields.CriterionField"


class NetworkForm(TextForm):
    target_class = "sessions_api.incidents.http.fields.NetworkField"


class SessionIdForm(OpenApiSerializerFieldExtension):
    target_class = "sessions_api.incidents.http.fields.SessionIdField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        return {
            "type": ["string", "integer"],
            "pattern": "^[1-9][0-9]{0,17}$",
            "minimum": 1,
            "maximum": MAX_ID,
            "description": "The id of a session.",
        }


class FilterForm(OpenApiSerializerExtension):
    target_class = "sessions_api.incidents.http.inputs.IncidentFilterInput"

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        schema = dict(auto_schema._map_serializer(self.target, direction, bypass_extensions=True))
        fields = {
            # TypeScript generators make a field with a default required.
            name: {key: value for key, value in one.items() if key != "default"}
            for name, one in schema["properties"].items()
        }
        fields["users"] |= {"minItems": 1, "maxItems": MAX_IDS}
        return {**schema, "properties": fields, "additionalProperties": False}
