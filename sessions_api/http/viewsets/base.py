"""The base viewset: actions with policies, and request bodies."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connections, transaction
from django.http import QueryDict
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidBody, MissingFields
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.fields import Input, TextField, Validated, wrong_fields
from sessions_api.http.gate import Gate
from sessions_api.http.policy import ALWAYS_OPEN, Audience, Policy
from sessions_api.http.schemas import Schema
from sessions_api.http.viewsets.bodies import (
    NestedJSONParser,
    PartsParser,
    bound_body,
    is_empty_form,
)
from sessions_api.http.viewsets.gated import GatedView
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.authority import require_authority
from sessions_api.services.reverification import reverify
from sessions_api.services.second_factors import second_factors

if TYPE_CHECKING:
    # Only the stubs have these.
    from rest_framework.decorators import ViewSetAction
    from rest_framework.views import AsView, GenericView

#: The body field with the answer to a second factor challenge.
SECOND_FACTOR = "2fa"

#: While no queue slot is free, only bodies up to this length in bytes are parsed to look for such
#: an answer. An answer with a WebAuthn credential takes about 2,000 bytes.
LONGEST_ANSWER = 16_384


class PasswordInput(Serializer[None]):
    password = TextField(trim_whitespace=False)


class ApiViewSet(GatedView, ViewSet):
    """Base class of all viewsets. ``policies`` holds the policy of each action, by name.

    A host may add DRF's ``permission_classes`` and ``throttle_classes`` to a viewset. They are
    checked after the gate, in this order. Their refusals are rendered in the dialect's form: 403
    (401 without a session), and 429 with ``Retry-After``. The settings
    ``DEFAULT_PERMISSION_CLASSES`` and ``DEFAULT_THROTTLE_CLASSES`` are ignored.
    """

    #: The name of the dialect, which is stored with the sessions that it creates, and a label of
    #: metrics.
    dialect: ClassVar[str] = ""
    policies: ClassVar[Mapping[str, Policy]] = {}

    parser_classes = [NestedJSONParser, FormParser, PartsParser]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    #: The input of each action, read into ``data`` before reverification.
    input_classes: ClassVar[Mapping[str, type[Input]]] = {}

    #: The input of actions whose body is optional. The action itself reads it.
    optional_input_classes: ClassVar[Mapping[str, type[Input]]] = {}

    #: The schemas of variables in the paths, by the names of their groups in the routes, where
    #: another app has names of its own. With ``description`` and ``examples``, for descriptions.
    path_schemas: ClassVar[Mapping[str, Schema]] = {}

    #: Whether each action runs in a transaction, if the project has ``ATOMIC_REQUESTS``. The checks
    #: before it never do: what a refusal leaves behind must not be rolled back. That goes for the
    #: login as well, which checks a password in its action.
    is_atomic: ClassVar[bool] = True

    data: Validated = MappingProxyType({})

    #: The caller and their session, in actions that require a session.
    caller: AbstractBaseUser
    session: UserSession

    @classmethod
    def as_view(
        cls,
        actions: "dict[str, str | ViewSetAction[GenericView]] | None" = None,
        **initkwargs: object,
    ) -> "AsView[GenericView]":
        """Return the view, to which ``ATOMIC_REQUESTS`` does not apply; see ``is_atomic``."""
        view = super().as_view(actions, **initkwargs)
        for alias in connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    def initial(self, request: Request, *args: object, **kwargs: str) -> None:
        """Run the gate, then the viewset's own permissions and throttles, and read the input."""
        method = str(request.method)
        action = self.action_for(method)
        name = self.endpoint_name(action or "wrong method")
        self.gate = Gate.of(request, endpoint=name, by_second_factor=self._has_second_factor)
        if action is None:
            self.gate.enter(ALWAYS_OPEN)
            raise MethodNotAllowed(method)
        self.gate.enter(self.get_policy(action, **kwargs))
        self.check_permissions(request)
        self.check_throttles(request)
        self.gate.has_begun = True
        bound_body(request)
        self.caller = cast(AbstractBaseUser, request.user)
        self.session = cast(UserSession, request.auth)
        self._read_and_reverify(action, self.gate)
        if self.is_atomic:
            self._run_in_transactions(method.lower())

    def finalize_response(
        self, request: Request, response: Any, *args: object, **kwargs: object
    ) -> Any:
        if not isinstance(response, HttpResponseBase):
            kind = type(response).__name__
            raise TypeError(f"{self.endpoint_name(str(self.action))} returned {kind}, no response.")
        if not isinstance(response, ApiResponse):
            # The response of a host's own action.
            response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)

    def action_for(self, method: str) -> str | None:
        """Return the action for an HTTP method, or None if the method is not allowed."""
        return self.action_map.get(method.lower())

    @classmethod
    def endpoint_name(cls, action: str) -> str:
        """Return the name of an action in burst limits, challenges and statistics."""
        return f"{cls.__module__}.{cls.__name__}.{action}"

    @classmethod
    def policy_tables(cls) -> list[Mapping[str, Policy]]:
        """Return all mappings of actions to policies; more than one may list an action."""
        return [cls.policies]

    def get_policy(self, action: str, **path: str) -> Policy:
        """Return the policy for the current request. ``self.gate`` knows the caller.

        :param path: the keyword arguments from the URL.
        """
        return self.policies[action]

    @property
    def actor(self) -> Actor:
        """Who acts, and by which permissions if they act as staff."""
        return Actor.of(self.request, *cast(Gate, self.gate).policy.permissions)

    def body(self) -> Mapping[str, object]:
        """Return the parsed body of the request, not validated.

        :raises InvalidBody: the body does not parse, or is not an object.
        """
        data = self.request.data
        if not isinstance(data, Mapping):
            raise InvalidBody
        if isinstance(data, QueryDict) and not data and not is_empty_form(self.request):
            # Django silently returns no fields for a body that is not really form data.
            raise InvalidBody
        return data

    def read(self, *input_classes: type[Input]) -> dict[str, Any]:
        """Return the validated data of the request's body.

        :param input_classes: serializers, each of which reads the whole body.
        :raises InvalidBody: as for :meth:`body`.
        :raises MissingFields: with the names of all fields that are missing or invalid; those of
            an object within the body as ``filter.network``.
        """
        inputs = [input_class(data=self.body()) for input_class in input_classes]
        wrong = [name for one in inputs if not one.is_valid() for name in wrong_fields(one)]
        if wrong:
            raise MissingFields(wrong)
        return {name: value for one in inputs for name, value in one.validated_data.items()}

    def _run_in_transactions(self, method: str) -> None:
        """Have the action, which REST framework calls by the method's name, run as configured."""
        for alias in connections:
            if connections[alias].settings_dict["ATOMIC_REQUESTS"]:
                atomic = transaction.atomic(using=alias)
                setattr(self, method, atomic(getattr(self, method)))

    def _has_second_factor(self) -> bool:
        """Return whether the body answers a challenge.

        A body that does not parse counts as no answer. So does a long one, which is not worth
        parsing for a request that will be refused.
        """
        try:
            bound_body(self.request)
            length = int(self.request.META.get("CONTENT_LENGTH") or 0)
            return length <= LONGEST_ANSWER and SECOND_FACTOR in self.body()
        except Exception:
            return False

    def _read_and_reverify(self, action: str, gate: Gate) -> None:
        """Read the input of an action, then reverify the caller if the gate requires it.

        The input comes first, so that an invalid body does not use up the answer to a challenge.
        """
        inputs = [self.input_classes[action]] if action in self.input_classes else []
        if not inputs and not gate.needs_reverification:
            return
        by_second_factor = gate.needs_reverification and SECOND_FACTOR in self.body()
        by_password = gate.needs_reverification and not by_second_factor
        data = self.read(*inputs, *([PasswordInput] if by_password else []))
        if by_second_factor:
            second_factors().verify_challenge(
                self.body()[SECOND_FACTOR],
                purpose=gate.endpoint,
                client=Client.of(self.request),
                user=self.caller,
            )
        elif by_password:
            reverify(
                Actor.of(self.request),
                data.pop("password"),
                purpose=gate.endpoint,
                request=self.request._request,
            )
            self.session.reverified_for = gate.endpoint
        if gate.needs_reverification and gate.policy.audience is Audience.STAFF:
            # Staff may have lost their permissions while the request waited in the hashing queue.
            # For users' own accounts, the services check this.
            require_authority(self.actor)
        self.data = data
