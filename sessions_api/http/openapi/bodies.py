"""Descriptions of request bodies, derived from the input serializers of an action."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rest_framework.fields import DictField, ListField, empty
from rest_framework.serializers import BaseSerializer

from sessions_api.http.fields import MAX_IDS, Input, InputField
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.structures import ref
from sessions_api.http.policy import Policy
from sessions_api.http.schemas import BASE64URL, JWT, Schema, object_of, text
from sessions_api.http.viewsets.base import SECOND_FACTOR, ApiViewSet, PasswordInput
from sessions_api.http.viewsets.login import LoginViewSet
from sessions_api.http.viewsets.sessions import SessionViewSet
from sessions_api.services.second_factors import second_factors

#: The components for the answer to a challenge. Each has a name of its own, because client
#: generators make one class of each.
ANSWER = "SecondFactorAnswer"
ANSWERS: Mapping[str, Schema] = {
    ANSWER: {
        "description": "The answer to a challenge.",
        "oneOf": [ref("SecondFactorCode"), ref("SecondFactorCredential")],
        "discriminator": {
            "propertyName": "type",
            "mapping": {
                "totp": "#/components/schemas/SecondFactorCode",
                "backup": "#/components/schemas/SecondFactorCode",
                "webauthn": "#/components/schemas/SecondFactorCredential",
            },
        },
    },
    "SecondFactorCode": {
        **object_of(token=JWT, type={"enum": ["totp", "backup"]}, code=text(pattern="^[ -~]+$")),
        "description": (
            "A code from an authenticator app, or a backup code. Spaces, dashes and letter case "
            "are ignored."
        ),
    },
    "SecondFactorCredential": {
        **object_of(token=JWT, type={"const": "webauthn"}, response=ref("WebAuthnCredential")),
        "description": "An assertion signed by a passkey or security key.",
    },
    "WebAuthnCredential": {
        **object_of(id=BASE64URL),
        "additionalProperties": True,
        "description": "The complete credential in its JSON form, as returned by `toJSON()`.",
    },
}

JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Form:
    """One form of a request body: a set of inputs, and optionally the answer to a challenge.

    :param inputs: serializers whose fields make up the body.
    :param answers: whether the body contains the answer to a challenge.
    :param stem: the start of the component's name; by default the names of the inputs.
    """

    inputs: tuple[type[Input], ...]
    answers: bool = False
    stem: str = ""

    @property
    def name(self) -> str:
        """The name of the component, such as ``ScopedSessionPasswordInput``."""
        names = self.stem or "".join(one.__name__.removesuffix("Input") for one in self.inputs)
        return f"{names}{'SecondFactor' if self.answers else ''}Input"

    def schema(self, describe: Callable[[Input], Schema]) -> Schema:
        """Return the schema of an object with all fields.

        :param describe: returns drf-spectacular's schema of a serializer.
        """
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for serializer in (one() for one in self.inputs):
            described = describe(serializer)
            for name, schema in described.get("properties", {}).items():
                properties[name] = _tighten(schema, serializer.fields[name])
            required += described.get("required", [])
        if self.answers:
            properties[SECOND_FACTOR] = ref(ANSWER)
            required.append(SECOND_FACTOR)
        made = {"type": "object", "properties": properties}
        return {**made, "required": required} if required else made

    def example(self) -> dict[str, object]:
        """Return an example. Fields of another app have theirs as ``initial``."""
        fields = {str(name): field for one in self.inputs for name, field in one().fields.items()}
        own = {name: field.initial for name, field in fields.items() if field.initial}
        names = [*fields, SECOND_FACTOR] if self.answers else [*fields]
        known = own | samples.FIELDS
        return {name: known[name] for name in names if name in known}

    @property
    def is_flat(self) -> bool:
        """Whether the body can be sent as form data, which has no nested fields."""
        fields = [field for one in self.inputs for field in one().fields.values()]
        return not self.answers and not any(
            isinstance(one, DictField | BaseSerializer) for one in fields
        )

    def required(self) -> list[str]:
        """Return the names of the required fields."""
        return [
            name for one in self.inputs for name, field in one().fields.items() if field.required
        ]


def forms(view: ApiViewSet, action: str, policy: Policy) -> list[Form]:
    """Return the forms of an action's request body, the simplest first; empty without a body."""
    ways: list[Form] = []
    if isinstance(view, LoginViewSet) and action == "create":
        ways = [
            Form((view.password_input_class,)),
            Form((view.remember_input_class,), answers=True, stem="Login"),
        ]
    elif isinstance(view, SessionViewSet) and action == "destroy_many":
        ways = [Form((view.ids_input_class,))]
    elif action in view.optional_input_classes:
        ways = [Form((view.optional_input_classes[action],))]
    else:
        inputs = (view.input_classes[action],) if action in view.input_classes else ()
        if policy.reverification:
            ways = [Form((*inputs, PasswordInput)), Form(inputs, answers=True)]
        elif inputs:
            ways = [Form(inputs)]
    if second_factors().are_available:
        return ways
    return [way for way in ways if not way.answers]


def request_body(
    ways: list[Form], describe: Callable[[Input], Schema], *, required: bool
) -> dict[str, object]:
    """Return the Request Body Object.

    :param ways: the forms of the body; each is described by a component of its name.
    :param describe: returns drf-spectacular's schema of a serializer.
    :param required: whether the body is required.
    """
    schema = _any_of([ref(way.name) for way in ways])
    content: dict[str, object] = {JSON: {"schema": schema, "examples": _examples(ways)}}
    if flat := [_as_form(way.schema(describe)) for way in ways if way.is_flat]:
        content |= {kind: {"schema": _any_of(flat)} for kind in FORMS}
    return {"content": content, "required": required}


def _tighten(schema: Schema, field: InputField) -> Schema:
    """Return a field's schema with constraints that drf-spectacular does not derive.

    The default moves into the description: TypeScript generators make a field with a default
    required.
    """
    tight = {name: value for name, value in schema.items() if name != "default"}
    if field.default is not empty:
        words = [tight.get("description", ""), f"Default: `{json.dumps(field.default)}`."]
        tight["description"] = " ".join(filter(None, words))
    if isinstance(field, ListField) and field.source == "ids":
        tight["maxItems"] = MAX_IDS
    if isinstance(field, DictField) and not field.allow_empty:
        tight["minProperties"] = 1
    return tight


def _as_form(schema: Schema) -> Schema:
    """Return the schema of the same object as form data.

    Form data can hold neither null nor an empty list, and Django ignores empty multipart parts.
    """
    properties = {}
    for name, one in schema["properties"].items():
        properties[name] = dict(one)
        if isinstance(one["type"], list) and "null" in one["type"]:
            kinds = [kind for kind in one["type"] if kind != "null"]
            properties[name]["type"] = kinds[0] if len(kinds) == 1 else kinds
        if one["type"] == "array":
            properties[name] |= {"minItems": 1, "items": {**one["items"], "minLength": 1}}
    return {**schema, "properties": properties}


def _any_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _examples(ways: list[Form]) -> dict[str, object]:
    return {"SecondFactor" if way.answers else "Plain": {"value": way.example()} for way in ways}
