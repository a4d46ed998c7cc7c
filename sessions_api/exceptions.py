"""Domain errors: what can go wrong, as a stable code, an HTTP status and a sentence.

Services raise them and know nothing of HTTP; a dialect gives them their form on the wire.
This is the only home of error codes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    # It cannot be imported before the apps are there.
    from django.contrib.auth.base_user import AbstractBaseUser


class ApiError(Exception):
    """A request that cannot be served.

    :param status: the HTTP status, where it is another than the error's usual one.
    :param headers: HTTP headers that the answer carries.
    :param data: what the error's body holds beside code and message.
    """

    code: ClassVar[str]
    message: ClassVar[str]
    default_status: ClassVar[int]

    def __init__(
        self,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        **data: object,
    ) -> None:
        super().__init__(self.message)
        self.status = self.default_status if status is None else status
        self.headers = dict(headers or {})
        self.data = data


class InvalidEndpoint(ApiError):
    """No such path (404), or not by this method (405)."""

    code = "INVALID_ENDPOINT_ERROR"
    message = "Invalid Endpoint"
    default_status = 404


class InvalidBody(ApiError):
    """The body cannot be read (400), or is of an unknown content type (415)."""

    code = "INVALID_BODY_ERROR"
    message = "Invalid Body"
    default_status = 400


class MissingFields(ApiError):
    """Fields are missing, null, of the wrong type or out of range; ``fields`` names them."""

    code = "MISSING_FIELDS_ERROR"
    message = "Missing Fields"
    default_status = 400

    def __init__(self, fields: list[str]) -> None:
        super().__init__(fields=fields)


class BodyTooLarge(ApiError):
    """The body has too many bytes (413), or too many fields or files (400)."""

    code = "BODY_TOO_LARGE_ERROR"
    message = "Body Too Large"
    default_status = 413


class InvalidSession(ApiError):
    """No valid credentials (401), or a session that is not there (404)."""

    code = "INVALID_SESSION_ERROR"
    message = "Invalid Session"
    default_status = 401


class SessionMissing(ApiError):
    """A session that is not there, as v3 calls it in places."""

    code = "SESSION_NOT_FOUND_ERROR"
    message = "Session Not Found"
    default_status = 404


class InvalidPassword(ApiError):
    """The password is wrong, at a login or a reverification."""

    code = "INVALID_PASSWORD_ERROR"
    message = "Invalid Password"
    default_status = 401


class EndpointRequiresSecondFactor(ApiError):
    """``STAFF_REQUIRES_SECOND_FACTOR`` is set, and this member of the staff has no factor."""

    code = "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR"
    message = "Endpoint Requires Second Factor"
    default_status = 401


class SecondFactorChallengeRequired(ApiError):
    """The password is right; now a second factor is asked for.

    ``token`` and ``exp`` (UNIX seconds) of the challenge, the ``types`` of factor that may answer
    it, and for WebAuthn ``challenge``, the request options.
    """

    code = "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR"
    message = "Second Factor Challenge Required"
    default_status = 401


class InvalidSecondFactor(ApiError):
    """There is no such factor."""

    code = "INVALID_SECOND_FACTOR_ERROR"
    message = "Invalid Second Factor"
    default_status = 404


class InvalidSecondFactorResponse(ApiError):
    """An answer that is wrong (401), or that makes no sense (400)."""

    code = "INVALID_SECOND_FACTOR_RESPONSE_ERROR"
    message = "Invalid Second Factor Response"
    default_status = 401


class InvalidSecondFactorMethod(ApiError):
    """An answer of a type that the user does not have."""

    code = "INVALID_SECOND_FACTOR_METHOD_ERROR"
    message = "Invalid Second Factor Method"
    default_status = 400


class InsufficientPermissions(ApiError):
    """The caller is not staff, lacks the permission, or has a session without the scope."""

    code = "INSUFFICIENT_PERMISSIONS_ERROR"
    message = "Insufficient Permissions"
    default_status = 403


class Banned(ApiError):
    """The account of the session, or the one that logs in, is banned.

    :param account: which one is banned, where that is to be known; it is not for the wire.
    """

    code = "BANNED_ERROR"
    message = "Banned"
    default_status = 403

    def __init__(self, account: "AbstractBaseUser | None" = None) -> None:
        super().__init__()
        self.account = account


class InvalidUser(ApiError):
    """There is no such user."""

    code = "INVALID_USER_ERROR"
    message = "Invalid User"
    default_status = 404


class InvalidKillSwitch(ApiError):
    """There is no kill switch of that number."""

    code = "INVALID_KILL_SWITCH_ERROR"
    message = "Invalid Kill Switch"
    default_status = 404


class RateLimited(ApiError):
    """A limit is reached; the header ``Retry-After`` says for how many seconds."""

    code = "RATELIMITED_ERROR"
    message = "You Have Been Ratelimited. Please Try Again Later."
    default_status = 429


class Internal(ApiError):
    """A fault of the service, which its log tells of."""

    code = "INTERNAL_SERVER_ERROR"
    message = "Internal Server Error"
    default_status = 500


class ServiceUnavailable(ApiError):
    """A kill switch is on; ``feature`` is its number."""

    code = "SERVICE_UNAVAILABLE_ERROR"
    message = "Service Unavailable"
    default_status = 503

    def __init__(self, feature: int) -> None:
        super().__init__(feature=feature)


class TryAgainLater(ApiError):
    """The request cannot be served at present.

    :param retry_after: when to try again, in seconds from now.
    """

    code = "SERVICE_UNAVAILABLE_ERROR"
    message = "Service Unavailable"
    default_status = 503

    def __init__(self, retry_after: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})


class Overloaded(TryAgainLater):
    """There is no room for the request's work at present; it has not begun."""


class DatabaseAway(TryAgainLater):
    """The database does not answer, or takes no writes, at present."""
