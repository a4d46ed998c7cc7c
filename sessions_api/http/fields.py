"""Strict input fields: a value of the wrong type is an error and is never converted.

Form data holds only text, so text is converted there, and only there.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.settings import api_settings

from killswitches.models import REASON_LENGTH
from killswitches.services import one_line
from sessions_api.callers.session_names import clean_session_name
from sessions_api.exceptions import BodyTooLarge
from sessions_api.scopes import Scope, known_mask

#: The maximum number of ids in one request.
MAX_IDS = 50


#: A field of a request body, and a serializer for a whole one.
InputField: TypeAlias = serializers.Field[Any, Any, Any, Any]
Input: TypeAlias = serializers.Serializer[Any]

#: The validated data of a request body.
Validated: TypeAlias = Mapping[str, Any]


class Aliased(InputField):
    """A mixin for a field that some clients send under another name.

    The alias is read only if the body lacks the field's own name.

    :param alias: the other name; empty for none.
    """

    def __init__(self, *, alias: str = "", **kwargs: Any) -> None:
        if alias:
            kwargs.setdefault("help_text", f"`{alias}` means the same.")
        super().__init__(**kwargs)
        self.alias = alias

    def get_value(self, dictionary: Mapping[str, object]) -> object:
        if self.alias and self.alias in dictionary and self.field_name not in dictionary:
            same = copy.copy(self)
            same.field_name = self.alias
            return same.get_value(dictionary)
        return super().get_value(dictionary)


class TextField(Aliased, serializers.CharField):
    """A non-empty string without NUL characters or lone surrogates."""

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class IdField(serializers.Field[str | int, object, object, object]):
    """An id or its alias, as a string or an integer."""

    def to_internal_value(self, data: object) -> str | int:
        if isinstance(data, bool) or not isinstance(data, str | int):
            raise serializers.ValidationError("An id is a text or a whole number.")
        return data

    def to_representation(self, value: object) -> object:
        return value


class IdsField(Aliased, serializers.ListField):
    """A list of up to :data:`MAX_IDS` ids.

    DRF validates every item and collects an error for each before it checks the length, so a short
    body with many nulls takes seconds and gigabytes. This field checks the length first and stops
    at the first invalid item.

    :raises BodyTooLarge: the list is too long.
    """

    child = IdField()

    def get_value(self, dictionary: Mapping[str, object]) -> object:
        try:
            return super().get_value(dictionary)
        except ValueError:
            # Form data with an index in "ids[…]" that is too long for int().
            return None

    def to_internal_value(self, data: object) -> list[str | int]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > MAX_IDS:
            raise BodyTooLarge(status=400)
        return [self.child.run_validation(one) for one in data]


class NameField(TextField):
    """A name of 1 to 128 printable characters after trimming."""

    def to_internal_value(self, data: object) -> str:
        name = clean_session_name(super().to_internal_value(data))
        if name is None:
            self.fail("invalid")
        return name


class ReasonField(TextField):
    """A reason of 1 to :data:`REASON_LENGTH` characters, on one line."""

    def run_validation(self, data: object = serializers.empty) -> str:
        reason = one_line(super().run_validation(data))
        if not 1 <= len(reason) <= REASON_LENGTH:
            self.fail("invalid")
        return reason


class ScopeField(serializers.Field[Scope, object, object, object]):
    """A non-empty mask of known scopes."""

    default_error_messages = {"invalid": "Not a mask of scopes."}

    def to_internal_value(self, data: object) -> Scope:
        if isinstance(data, str) and comes_from_a_form(self) and re.fullmatch("[0-9]{1,10}", data):
            data = int(data)
        if type(data) is not int or data <= 0 or data & ~known_mask():
            self.fail("invalid")
        return Scope(data)


class FlagField(serializers.BooleanField):
    """A boolean that defaults to ``false``; null counts as ``false`` too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, default=False, allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool) and not comes_from_a_form(self):
            self.fail("invalid", input=data)
        return super().to_internal_value(data)

    def run_validation(self, data: object = serializers.empty) -> bool:
        return bool(super().run_validation(data))


def comes_from_a_form(field: InputField) -> bool:
    return isinstance(getattr(field.root, "initial_data", None), QueryDict)


def wrong_fields(read: Input) -> Iterator[str]:
    """Yield the names of the fields that are wrong, of a serializer that has read a body.

    Those of a serializer within it have its name before them.
    """
    for name, found in read.errors.items():
        inner: list[str] = []
        is_object = isinstance(read.fields.get(name), serializers.BaseSerializer)
        if is_object and isinstance(found, Mapping):
            inner = [one for one in found if one != api_settings.NON_FIELD_ERRORS_KEY]
        yield from [f"{name}.{one}" for one in inner] or [name]
