"""Strict input fields: what is of another type is wrong, not converted.

Forms know only text, so for them, and only for them, text is read as the type that it names.
"""

import re
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from sessions_api.scopes import ALL_SCOPES, Scope
from sessions_api.session_names import clean_session_name


class TextField(serializers.CharField):
    """A non-empty text without NUL characters and lone surrogates."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NameField(TextField):
    """A name of 1 to 128 printable characters, after trimming."""

    def to_internal_value(self, data: Any) -> str:
        name = clean_session_name(super().to_internal_value(data))
        if name is None:
            self.fail("invalid")
        return name


class ScopeField(serializers.Field):
    """A mask of scopes: at least one, and none that does not exist."""

    default_error_messages = {"invalid": "Not a mask of scopes."}

    def to_internal_value(self, data: Any) -> Scope:
        if isinstance(data, str) and comes_from_a_form(self) and re.fullmatch("[0-9]{1,9}", data):
            data = int(data)
        if type(data) is not int or data <= 0 or data & ~ALL_SCOPES:
            self.fail("invalid")
        return Scope(data)


class FlagField(serializers.BooleanField):
    """``true`` or ``false``; null is ``false``, as absence is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, default=False, allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool) and not comes_from_a_form(self):
            self.fail("invalid", input=data)
        return super().to_internal_value(data)

    def run_validation(self, data: Any = serializers.empty) -> bool:
        return bool(super().run_validation(data))


def comes_from_a_form(field: serializers.Field) -> bool:
    return isinstance(getattr(field.root, "initial_data", None), QueryDict)
