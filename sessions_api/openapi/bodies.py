"""The bodies of requests, read off the input serializers of an action."""

from dataclasses import dataclass
from typing import Any

from rest_framework.serializers import DictField, ListField, Serializer

from sessions_api.openapi import samples
from sessions_api.openapi.structures import BASE64URL, JWT, Schema, record, ref, text
from sessions_api.policy import Policy
from sessions_api.services import second_factors
from sessions_api.viewsets.base import SECOND_FACTOR, ApiViewSet, PasswordInput
from sessions_api.viewsets.login import LoginViewSet
from sessions_api.viewsets.sessions import MAX_IDS, SessionViewSet

#: The answer to a challenge, as a component.
ANSWER = "SecondFactorAnswer"
ANSWER_SCHEMA: Schema = {
    "description": "The answer to a challenge.",
    "anyOf": [
        record(token=JWT, type={"enum": ["totp", "backup"]}, code=text(pattern="^[ -~]+$")),
        record(
            token=JWT,
            type={"const": "webauthn"},
            response={
                **record(id=BASE64URL),
                "description": "The credential in its JSON form, as `toJSON()` makes it.",
            },
        ),
    ],
}

JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Form:
    """One way to fill in a body: all of these inputs, and perhaps the answer to a challenge."""

    inputs: tuple[type[Serializer], ...]
    answers: bool = False

    def schema(self) -> Schema:
        parts = [ref(one.__name__) for one in self.inputs]
        if self.answers:
            parts.insert(0, record(**{SECOND_FACTOR: ref(ANSWER)}))
        return parts[0] if len(parts) == 1 else {"allOf": parts}

    def example(self) -> dict[str, Any]:
        names = [str(name) for one in self.inputs for name in one().fields]
        if self.answers:
            names.append(SECOND_FACTOR)
        return {name: samples.FIELDS[name] for name in names if name in samples.FIELDS}

    @property
    def is_flat(self) -> bool:
        """Whether a form can hold it, which has no nested fields."""
        fields = [field for one in self.inputs for field in one().fields.values()]
        return not self.answers and not any(isinstance(field, DictField) for field in fields)

    def required(self) -> list[str]:
        """The fields that must be there."""
        return [
            name for one in self.inputs for name, field in one().fields.items() if field.required
        ]


def forms(view: ApiViewSet, action: str, policy: Policy) -> list[Form]:
    """The ways to fill in the body of an action, the plainest first; none where nothing is read."""
    ways: list[Form] = []
    if isinstance(view, LoginViewSet) and action == "create":
        ways = [
            Form((view.password_input_class,)),
            Form((view.remember_input_class,), answers=True),
        ]
    elif isinstance(view, SessionViewSet) and action == "destroy_many":
        ways = [Form((view.ids_input_class,))]
    else:
        inputs = (view.input_classes[action],) if action in view.input_classes else ()
        if policy.reverification:
            ways = [Form((*inputs, PasswordInput)), Form(inputs, answers=True)]
        elif inputs:
            ways = [Form(inputs)]
    if second_factors.are_installed():
        return ways
    return [way for way in ways if not way.answers]


def request_body(ways: list[Form], *, required: bool) -> dict[str, Any]:
    """The Request Body Object."""
    content = {JSON: {"schema": _any_of(ways), "examples": _examples(ways)}}
    if flat := [way for way in ways if way.is_flat]:
        content |= {kind: {"schema": _any_of(flat)} for kind in FORMS}
    return {"content": content, "required": required}


def tighten(schema: Schema, serializer: Serializer) -> None:
    """Add to a component what drf-spectacular does not read off its serializer."""
    for name, field in serializer.fields.items():
        if isinstance(field, ListField) and field.source == "ids":
            schema["properties"][name]["maxItems"] = MAX_IDS
        if isinstance(field, DictField) and not field.allow_empty:
            schema["properties"][name]["minProperties"] = 1


def _any_of(ways: list[Form]) -> Schema:
    schemas = [way.schema() for way in ways]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _examples(ways: list[Form]) -> dict[str, Any]:
    return {"SecondFactor" if way.answers else "Plain": {"value": way.example()} for way in ways}
