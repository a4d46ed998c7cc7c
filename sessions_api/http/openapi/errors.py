"""The errors that an action may return, derived from its policy and viewset."""

from collections.abc import Iterator, Mapping, Sequence

from django.contrib.auth.models import AnonymousUser

from killswitches.registry import GLOBAL, registry
from sessions_api.exceptions import (
    ApiError,
    Banned,
    BodyTooLarge,
    EndpointRequiresSecondFactor,
    InsufficientPermissions,
    Internal,
    InvalidBody,
    InvalidEndpoint,
    InvalidPassword,
    InvalidSecondFactorMethod,
    InvalidSecondFactorResponse,
    InvalidSession,
    InvalidUser,
    MissingFields,
    RateLimited,
    SecondFactorChallengeRequired,
    ServiceUnavailable,
)
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.structures import Structure, outcome
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.schemas import EXPIRY, TOKEN, Schema, array, text
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.owners import OwnedByAnybody
from sessions_api.http.viewsets.sessions import SessionViewSet
from sessions_api.ratelimits.reservations import Quota

#: The schemas of error fields other than code and message.
DATA: Mapping[str, Schema] = {
    "fields": {**array(text()), "description": "The fields that are missing or invalid."},
    "feature": {
        "type": "integer",
        "description": "The number of the kill switch. Absent if the service is overloaded.",
    },
    "reason": text("What is wrong, for developers."),
    "token": TOKEN,
    "exp": EXPIRY,
    "types": array({"enum": ["totp", "webauthn", "backup"]}),
    "challenge": {
        "type": "object",
        "additionalProperties": True,
        "description": (
            "If the types include `webauthn`: the request options in their JSON form, for "
            "`PublicKeyCredential.parseRequestOptionsFromJSON()`."
        ),
    },
}


def structure(view: ApiViewSet, error: ApiError) -> Structure:
    """Return the body of an error as the view's dialect renders it."""
    body = view.render_error(error)
    varying = {name: DATA[name] for name in error.data}
    if "feature" in varying:
        varying["feature"] = {**DATA["feature"], "enum": [switch.number for switch in registry]}
    made = outcome(body, **varying)
    if isinstance(error, ServiceUnavailable) and "feature" in body:
        # Overloaded has the same code and no feature.
        made.schema["required"].remove("feature")
    if isinstance(error, SecondFactorChallengeRequired):
        made.schema["properties"]["challenge"] = DATA["challenge"]
    return made


def code_of(made: Structure, error: ApiError) -> str:
    """Return the code of an error, by the dialect's own name if its bodies hold one."""
    return str(made.example.get("code", error.code))


def component_name(code: str) -> str:
    """Return the component's name for an error code: ``InvalidBodyError``."""
    return "".join(part.capitalize() for part in code.split("_"))


def challenge_errors() -> Iterator[ApiError]:
    """Yield the errors of actions that may require a second factor challenge."""
    yield SecondFactorChallengeRequired(
        token=samples.TOKEN, exp=samples.EXP, types=["totp", "backup"]
    )
    yield InvalidSecondFactorResponse(status=400)
    yield InvalidSecondFactorResponse()
    yield InvalidSecondFactorMethod()


def quotas(policy: Policy) -> Sequence[Quota]:
    """Return the limits for the action's intended callers."""
    if policy.audience is Audience.STAFF:
        return ()
    charged = policy.quotas("endpoint", AnonymousUser(), lambda: "a network")
    return [quota for quota in charged if quota.enforced]


def policy_errors(policy: Policy) -> Iterator[ApiError]:
    """Yield the errors of the gate and of reverification."""
    yield Banned()
    yield BodyTooLarge()
    closing = policy.switches[0] if policy.switches else GLOBAL
    yield ServiceUnavailable(feature=closing.number)
    yield Internal()
    if policy.audience is not Audience.ANYONE:
        yield InvalidSession()
    if policy.audience in (Audience.USERS, Audience.STAFF):
        yield InsufficientPermissions()
    if policy.audience is Audience.STAFF:
        yield EndpointRequiresSecondFactor()
    # Staff are limited in staff actions only while they are refused; other callers always.
    yield RateLimited()
    if policy.reverification:
        yield InvalidPassword()


def body_errors(required: Sequence[str]) -> Iterator[ApiError]:
    """Yield the errors of request bodies.

    :param required: the names of the required fields.
    """
    yield InvalidBody()
    yield InvalidBody(status=415)
    yield BodyTooLarge(status=400)
    yield MissingFields(list(required))


def path_errors(view: ApiViewSet, variables: Sequence[str]) -> Iterator[ApiError]:
    """Yield the errors of invalid or unknown ids in the path.

    :param variables: the names of the path's variables.
    """
    if variables:
        yield InvalidEndpoint()
    if "uid" in variables and isinstance(view, OwnedByAnybody):
        yield InvalidUser()
    if "sid" in variables and isinstance(view, SessionViewSet):
        yield view.not_found()
