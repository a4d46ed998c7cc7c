"""Strict input fields of incidents."""

import re
from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from killswitches.periods import EARLIEST, LATEST
from killswitches.services import one_line
from sessions_api.accounts.lookup import user_key
from sessions_api.callers.networks import read_narrow_network
from sessions_api.http.fields import IdField, IdsField, TextField
from sessions_api.http.viewsets.parsing import parse_id
from sessions_api.services.session_search import is_future

#: The maximum number of characters of a criterion of a filter.
LONGEST = 100

#: A time as RFC 3339 has it. Python's parser takes more, such as weeks and digits of other scripts.
MOMENT = re.compile(r"[-0-9]{10}[Tt ][0-9:]{5,8}([.,][0-9]{1,9})?([Zz]|[-+][0-9:]{2,5})")

#: Control characters other than tabs and line breaks.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class LineField(TextField):
    """A text on one line, with a ``max_length``."""

    def run_validation(self, data: object = serializers.empty) -> str:
        text = one_line(super().run_validation(data))
        if not text:
            self.fail("blank")
        return text


class LinesField(TextField):
    """A text of several lines, with a ``max_length``."""

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data).replace("\r\n", "\n").replace("\r", "\n")
        if CONTROLS.search(text):
            self.fail("invalid")
        if not one_line(text):
            self.fail("blank")
        return text


class CriterionField(TextField):
    """A text to search for: at most :data:`LONGEST` printable characters."""

    def __init__(self, *, help_text: str = "") -> None:
        super().__init__(required=False, max_length=LONGEST, help_text=help_text)

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if not text.isprintable():
            self.fail("invalid")
        return text


class NetworkField(CriterionField):
    """An address, or a network in CIDR notation."""

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if len(text) > LONGEST or read_narrow_network(text) is None:
            self.fail("invalid")
        return text


class SessionIdField(IdField):
    """The id of a session, as a string or an integer."""

    def to_internal_value(self, data: object) -> int:
        found = parse_id(str(super().to_internal_value(data)))
        if found is None:
            raise serializers.ValidationError("Not the id of a session.")
        return found


class UserIdsField(IdsField):
    """Ids of users, at least one. They need not exist any more."""

    def to_internal_value(self, data: object) -> list[str | int]:
        ids = super().to_internal_value(data)
        if not ids or any(user_key(str(one)) is None for one in ids):
            raise serializers.ValidationError("Not ids of users.")
        return ids


class MomentField(serializers.DateTimeField):
    """A time in ISO 8601 with an offset from UTC, or ``Z``, which any time zone can represent."""

    def to_internal_value(self, value: object) -> datetime:
        try:
            is_text = isinstance(value, str) and MOMENT.fullmatch(value)
            moment = parse_datetime(str(value)) if is_text else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise serializers.ValidationError("Not a time with an offset from UTC.")
        if not EARLIEST <= moment <= LATEST:
            raise serializers.ValidationError("Out of range.")
        return moment.astimezone(UTC)


class StartField(MomentField):
    """A time that is not in the future: when an attack began, or from when sessions are searched.

    A later one would match no session, which looks as if nothing was wrong.
    """

    def to_internal_value(self, value: object) -> datetime:
        start = super().to_internal_value(value)
        if is_future(start):
            raise serializers.ValidationError("In the future.")
        return start
