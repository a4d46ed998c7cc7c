"""The description of one endpoint, by an inspector for drf-spectacular."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction

from sessions_api.exceptions import ApiError
from sessions_api.http.fields import Input
from sessions_api.http.openapi import bodies, cookies, errors, parameters, policies
from sessions_api.http.openapi.dialect import Dialect, operation_id
from sessions_api.http.openapi.headers import headers_of
from sessions_api.http.openapi.operations import Operation
from sessions_api.http.openapi.structures import Structure, ref
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.schemas import Schema
from sessions_api.http.viewsets.base import ApiViewSet


class EndpointSchema(AutoSchema):
    """Describes an action of an :class:`ApiViewSet` in a dialect."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self.dialect = dialect

    @property
    def viewset(self) -> ApiViewSet:
        return cast(ApiViewSet, self.view)

    @property
    def action(self) -> str:
        return str(self.viewset.action)

    @cached_property
    def operation(self) -> Operation:
        return self.dialect.operation(type(self.viewset), self.action)

    @cached_property
    def policies(self) -> list[Policy]:
        """The policies that may apply: for the caller's own objects and for other users'."""
        return [table[self.action] for table in self.viewset.policy_tables()]

    @cached_property
    def forms(self) -> list[bodies.Form]:
        return bodies.forms(self.viewset, self.action, self.policies[0])

    def get_operation_id(self) -> str:
        return operation_id(type(self.viewset), self.action)

    def get_summary(self) -> str:
        return self.operation.summary

    # The base class says so itself: REST framework's takes a path and a method.
    def get_description(self) -> str:  # type: ignore[override]
        return "\n\n".join(policies.in_words(policy) for policy in self.policies)

    def get_tags(self) -> list[str]:
        return [self.dialect.resource(type(self.viewset), self.action).tag.name]

    def get_extensions(self) -> dict[str, object]:
        return policies.extensions(self.policies)

    def get_auth(self) -> list[dict[str, object]]:
        """Return the security requirements; empty if no credentials are needed."""
        asked = any(p.audience in (Audience.USERS, Audience.STAFF) for p in self.policies)
        # drf-spectacular adds an empty requirement, because DRF's permissions are not used.
        return [way for way in super().get_auth() if way] if asked else []

    def get_operation(self, *args: Any, **kwargs: Any) -> Schema | None:
        """Return the Operation Object, with an empty ``security`` if no credentials are needed."""
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            operation.setdefault("security", [])
        return operation

    def _get_parameters(self) -> list[Any]:
        return [
            *(parameters.in_path(self.viewset, name) for name in parameters.variables(self.path)),
            *([parameters.USER_AGENT] if self.forms else []),
            *self.operation.parameters,
            *self.dialect.extra_parameters(type(self.viewset), self.action),
            *cookies.parameters(self.viewset, self.action, self.method),
        ]

    def _get_request_body(self, direction: Direction = "request") -> dict[str, object] | None:
        """Return the Request Body Object. Unlike drf-spectacular, this describes DELETE too."""
        if not self.forms:
            return None

        def describe(serializer: Input) -> Schema:
            return dict(self._map_serializer(serializer, direction))

        for form in self.forms:
            self._register(form.name, form.schema(describe))
        if any(form.answers for form in self.forms):
            for name, schema in bodies.ANSWERS.items():
                self._register(name, schema)
        return bodies.request_body(self.forms, describe, required=self._requires_body())

    def _requires_body(self) -> bool:
        """Return whether every caller must send a body. Scoped sessions need no password."""
        if self.action in self.viewset.optional_input_classes:
            return False
        if given := self.viewset.input_classes.get(self.action):
            if bodies.Form((given,)).required():
                return True
            if not any(policy.reverification for policy in self.policies):
                return False
        return not any(policy.reverification and policy.scope for policy in self.policies)

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, object]:
        name = self.operation.structure
        success = {name: self.dialect.structures[name]}
        answers = {self.operation.status: self._response("Success.", success)}
        if self.operation.accepted:
            answers[202] = self._response(self.operation.accepted, success)
        for status, found in sorted(self._refusals().items()):
            codes = ", ".join(f"`{code}`" for code in found)
            named = {errors.component_name(code): one for code, one in found.items()}
            answers[status] = self._response(codes, named, suffix=str(status))
        to_pages = cookies.headers(self.viewset, self.action)
        return {
            str(status): answer | {"headers": headers_of(status) | to_pages}
            for status, answer in answers.items()
        }

    def _refusals(self) -> dict[int, dict[str, Structure]]:
        """Return the bodies of errors by status and code."""
        found: dict[int, dict[str, Structure]] = {}
        for error in self._errors():
            made = errors.structure(self.viewset, error)
            found.setdefault(error.status, {})[errors.code_of(made, error)] = made
        return found

    def _errors(self) -> Iterator[ApiError]:
        for policy in self.policies:
            yield from errors.policy_errors(policy)
            yield from cookies.errors(policy, self.method)
        if self.forms:
            yield from errors.body_errors(self.forms[0].required())
        if any(form.answers for form in self.forms):
            yield from errors.challenge_errors()
        yield from errors.path_errors(self.viewset, parameters.variables(self.path))
        yield from self.operation.errors

    def _response(
        self, description: str, found: dict[str, Structure], *, suffix: str = ""
    ) -> dict[str, object]:
        """Return a Response Object for one of several structures.

        :param found: the structures by the names of their components.
        :param suffix: is added to a name that another structure has: in some dialects, the bodies
            of an error differ by status.
        """
        refs = [ref(self._register(name, one.schema, suffix)) for name, one in found.items()]
        schema: Schema = refs[0] if len(refs) == 1 else {"oneOf": refs}
        examples = {name: self._example(name, one.example) for name, one in found.items()}
        return {
            "description": description,
            "content": {"application/json": {"schema": schema, "examples": examples}},
        }

    def _example(self, name: str, value: object) -> dict[str, object]:
        """Return an Example Object, or a reference to one that several responses share."""
        component = ResolvedComponent(
            name, ResolvedComponent.EXAMPLE, {"value": value}, object=name
        )
        self.registry.register_on_missing(component)
        kept = self.registry[component]
        return dict(kept.ref if kept.schema == component.schema else component.schema)

    def _register(self, name: str, schema: Schema, suffix: str = "") -> str:
        """Register a schema as a component, and return its name."""
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, object=name)
        self.registry.register_on_missing(component)
        if suffix and self.registry[component].schema != schema:
            return self._register(name + suffix, schema)
        return name
