"""Request bodies of incidents."""

import re
from collections.abc import Mapping

from rest_framework import serializers

from sessions_api.http.fields import FlagField, ReasonField
from sessions_api.incidents.http.fields import (
    CriterionField,
    LineField,
    LinesField,
    MomentField,
    NetworkField,
    SessionIdField,
    StartField,
    UserIdsField,
)
from sessions_api.incidents.models.incidents import NAME_LENGTH, NOTE_LENGTH
from sessions_api.incidents.models.jobs import TEXT_LENGTH
from sessions_api.models import SessionKind
from sessions_api.services.session_search import SessionSearch

#: How many unknown criteria a refusal names at most.
NAMED = 10


class IncidentFilterInput(serializers.Serializer[None]):
    """Criteria, all of which a session meets; without any, ``everybody`` must be ``true``."""

    users = UserIdsField(required=False)
    network = NetworkField(help_text="An address, or a network in CIDR notation.")
    location = CriterionField(help_text="A part of the city, the region or the country.")
    session = SessionIdField(required=False)
    browser = CriterionField()
    device = CriterionField(help_text="Words of the session's name, or of its user agent.")
    createdAfter = StartField(source="created_after", required=False)  # noqa: N815
    createdBefore = MomentField(source="created_before", required=False)  # noqa: N815
    usedAfter = StartField(source="used_after", required=False)  # noqa: N815
    usedBefore = MomentField(source="used_before", required=False)  # noqa: N815
    dialect = CriterionField(help_text="The dialect of the login, such as `v5`.")
    kind = serializers.ChoiceField(SessionKind.choices, source="of_kind", required=False)
    everybody = FlagField(help_text="`true` with no other criterion: the sessions of all users.")

    def get_value(self, dictionary: Mapping[str, object]) -> object:
        # Form data has no nested fields.
        return dictionary.get(str(self.field_name), serializers.empty)

    def to_internal_value(self, data: object) -> SessionSearch:
        """Return the search.

        A criterion that nobody knows is an error: without it, more sessions would match.
        """
        if isinstance(data, Mapping):
            self._refuse_unknown(data)
        values = super().to_internal_value(data)
        if values.pop("everybody", False) is bool(values):
            raise serializers.ValidationError({"everybody": "Either this, or other criteria."})
        if "users" in values:
            values["users"] = tuple(dict.fromkeys(map(str, values["users"])))
        if "of_kind" in values:
            values["of_kind"] = SessionKind(values["of_kind"])
        return SessionSearch(**values)

    def _refuse_unknown(self, data: Mapping[str, object]) -> None:
        unknown = [name for name in data if name not in self.fields][:NAMED]
        if not unknown:
            return
        if all(re.fullmatch(r"\w{1,64}", name, re.ASCII) for name in unknown):
            raise serializers.ValidationError(dict.fromkeys(unknown, "Unknown."))
        # Not to be repeated in a response.
        raise serializers.ValidationError("Unknown.")


class IncidentChangesInput(serializers.Serializer[None]):
    name = LineField(max_length=NAME_LENGTH, required=False)
    beganAt = StartField(source="began_at", required=False)  # noqa: N815
    filter = IncidentFilterInput(
        source="search", required=False, initial={"network": "203.0.113.0/24"}
    )


class IncidentInput(IncidentChangesInput):
    name = LineField(max_length=NAME_LENGTH)
    filter = IncidentFilterInput(source="search", initial={"network": "203.0.113.0/24"})


class NoteInput(serializers.Serializer[None]):
    text = LinesField(max_length=NOTE_LENGTH, initial="The tokens were in a public log.")


class SignOutInput(serializers.Serializer[None]):
    reason = ReasonField()


class DeclineInput(serializers.Serializer[None]):
    reason = ReasonField(required=False, initial="A false alarm")


class OwnersMailInput(serializers.Serializer[None]):
    text = LinesField(
        max_length=TEXT_LENGTH,
        required=False,
        initial="Somebody has used your account. Please log in again.",
        help_text="Paragraphs, separated by empty lines. By default, a text of ours.",
    )
