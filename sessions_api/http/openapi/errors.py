"""What a request may be refused for, read off the policy and the viewset of its action."""

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

#: What errors hold beside code and message.
DATA: Mapping[str, Schema] = {
    "fields": {**array(text()), "description": "The fields that are missing or wrong."},
    "feature": {
        "type": "integer",
        "description": "The number of the kill switch; absent where the service is overloaded.",
    },
    "token": TOKEN,
    "exp": EXPIRY,
    "types": array({"enum": ["totp", "webauthn", "backup"]}),
    "challenge": {
        "type": "object",
        "additionalProperties": True,
        "description": (
            "With `webauthn` among the types: the request options in their JSON form, for "
            "`PublicKeyCredential.parseRequestOptionsFromJSON()`."
        ),
    },
}


def structure(view: ApiViewSet, error: ApiError) -> Structure:
    """The body of an error, as the dialect of the view renders it."""
    body = view.render_error(error)
    varying = {name: DATA[name] for name in error.data}
    if "feature" in varying:
        varying["feature"] = {**DATA["feature"], "enum": [switch.number for switch in registry]}
    made = outcome(body, **varying)
    if isinstance(error, ServiceUnavailable):
        # As an Overloaded, which is the same to a client but for its header.
        made.schema["required"].remove("feature")
    if isinstance(error, SecondFactorChallengeRequired):
        made.schema["properties"]["challenge"] = DATA["challenge"]
    return made


def component_name(code: str) -> str:
    """``INVALID_BODY_ERROR`` → ``InvalidBodyError``."""
    return "".join(part.capitalize() for part in code.split("_"))


def challenge_errors() -> Iterator[ApiError]:
    """What comes where a password may earn a challenge, and an answer to it is taken."""
    yield SecondFactorChallengeRequired(
        token=samples.TOKEN, exp=samples.EXP, types=["totp", "backup"]
    )
    yield InvalidSecondFactorResponse(status=400)
    yield InvalidSecondFactorResponse()
    yield InvalidSecondFactorMethod()


def quotas(policy: Policy) -> Sequence[Quota]:
    """How often those may call whom the action is for, as the policy charges it."""
    if policy.audience is Audience.STAFF:
        return ()
    charged = policy.quotas("endpoint", AnonymousUser(), lambda: "a network")
    return [quota for quota in charged if quota.enforced]


def policy_errors(policy: Policy) -> Iterator[ApiError]:
    """What the gate refuses, and what reverification does."""
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
    # Of staff, who are not limited in what is for them, the others are told apart by this.
    yield RateLimited()
    if policy.reverification:
        yield InvalidPassword()


def body_errors(required: Sequence[str]) -> Iterator[ApiError]:
    """What comes of bodies.

    :param required: the fields that must be there.
    """
    yield InvalidBody()
    yield InvalidBody(status=415)
    yield BodyTooLarge(status=400)
    yield MissingFields(list(required))


def path_errors(view: ApiViewSet, variables: Sequence[str]) -> Iterator[ApiError]:
    """What comes of ids in the path that are no ids, or nobody's."""
    if variables:
        yield InvalidEndpoint()
    if "uid" in variables and isinstance(view, OwnedByAnybody):
        yield InvalidUser()
    if "sid" in variables and isinstance(view, SessionViewSet):
        yield view.not_found()
