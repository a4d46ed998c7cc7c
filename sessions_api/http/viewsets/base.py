"""What every endpoint has in common: actions with policies, and bodies that are read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import QueryDict
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidBody, MissingFields
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.fields import Input, TextField, Validated
from sessions_api.http.gate import Gate
from sessions_api.http.policy import ALWAYS_OPEN, Audience, Policy
from sessions_api.http.viewsets.bodies import NestedJSONParser, bound_body, has_content
from sessions_api.http.viewsets.gated import GatedView
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.reverification import reverify
from sessions_api.services.second_factors import second_factors
from sessions_api.services.standing import require_staff

#: The field of a body that answers a second factor challenge.
SECOND_FACTOR = "2fa"

#: Bytes of the longest body in which it is looked for while there is no slot to hash in. That of
#: WebAuthn has some two thousand.
LONGEST_ANSWER = 16_384


class PasswordInput(Serializer[None]):
    password = TextField(trim_whitespace=False)


class ApiViewSet(GatedView, ViewSet):
    """Base of all viewsets: each action has its policy in ``policies``, under the action's name.

    A host may add REST framework's ``permission_classes`` and ``throttle_classes`` to a viewset.
    They are asked after the gate, in this order, and refuse in the form of the dialect: 403 (401
    where there is no session), and 429 with ``Retry-After``. Those of the settings
    ``DEFAULT_PERMISSION_CLASSES`` and ``DEFAULT_THROTTLE_CLASSES`` never apply.
    """

    #: The name of the dialect, as the sessions that are begun through it keep it.
    dialect: ClassVar[str] = ""
    policies: ClassVar[Mapping[str, Policy]] = {}

    parser_classes = [NestedJSONParser, FormParser, MultiPartParser]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    #: What is read from the body before an action begins, and before its reverification.
    input_classes: ClassVar[Mapping[str, type[Input]]] = {}

    #: What an action reads by itself from a body that may be absent.
    optional_input_classes: ClassVar[Mapping[str, type[Input]]] = {}

    data: Validated = MappingProxyType({})

    #: Who calls, and the session through which they do, in actions that no stranger may call.
    caller: AbstractBaseUser
    session: UserSession

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Send the request through the gate, then past the viewset's own permissions and throttles,
        and read its body as far as the policy or the action asks for it."""
        method = str(request.method)
        action = self.action_for(method)
        name = self.endpoint_name(action or "wrong method")
        self.gate = Gate(request, endpoint=name, by_second_factor=self._brings_second_factor)
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

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(response, ApiResponse):
            # Made by a host's own action.
            response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)

    def action_for(self, method: str) -> str | None:
        """The action that answers a method; None where there is none."""
        return self.action_map.get(method.lower())

    @classmethod
    def endpoint_name(cls, action: str) -> str:
        """What an action is called where calls of it are limited, challenged and counted."""
        return f"{cls.__module__}.{cls.__name__}.{action}"

    @classmethod
    def policy_tables(cls) -> list[Mapping[str, Policy]]:
        """The tables in which every action has its policy."""
        return [cls.policies]

    def get_policy(self, action: str, **path: str) -> Policy:
        """The policy of a request for an action; ``self.gate`` knows who makes it."""
        return self.policies[action]

    def body(self) -> Mapping[str, object]:
        """The request's body as it came.

        :raises InvalidBody: it does not parse, or is not an object.
        """
        data = self.request.data
        if not isinstance(data, Mapping):
            raise InvalidBody
        if isinstance(data, QueryDict) and not data and has_content(self.request):
            # Django finds nothing in what only claims to be a form, and says nothing of it.
            raise InvalidBody
        return data

    def read(self, *input_classes: type[Input]) -> dict[str, Any]:
        """The request's body, validated.

        :raises InvalidBody: as :meth:`body`.
        :raises MissingFields: naming all the fields that are missing or wrong.
        """
        inputs = [input_class(data=self.body()) for input_class in input_classes]
        wrong = [name for one in inputs if not one.is_valid() for name in one.errors]
        if wrong:
            raise MissingFields(wrong)
        return {name: value for one in inputs for name, value in one.validated_data.items()}

    def _brings_second_factor(self) -> bool:
        """Whether the body does; one that does not parse brings nothing, nor does one that is too
        long to be parsed for whoever will be refused."""
        try:
            bound_body(self.request)
            length = int(self.request.META.get("CONTENT_LENGTH") or 0)
            return length <= LONGEST_ANSWER and SECOND_FACTOR in self.body()
        except Exception:
            return False

    def _read_and_reverify(self, action: str, gate: Gate) -> None:
        """Read the input of an action; then, where it must be, make sure of who asks for it.

        In that order, so that an answer to a challenge is not spent on a body that is wrong.
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
            reverify(Actor.of(self.request), data.pop("password"), purpose=gate.endpoint)
            self.session.reverified_for = gate.endpoint
        if gate.needs_reverification and gate.policy.audience is Audience.STAFF:
            # They may have lost what they were let in with while the request waited for a hash.
            # What people do to their own accounts looks at that by itself.
            require_staff(Actor.of(self.request), gate.policy.permission)
        self.data = data
