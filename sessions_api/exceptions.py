"""Domain errors: each has a stable code, an HTTP status and a message.

Services raise them, and dialects render them. All error codes are defined here.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    # Cannot be imported before the app registry is ready.
    from django.contrib.auth.base_user import AbstractBaseUser


class ApiError(Exception):
    """The base class of all errors that the API reports.

    :param status: the HTTP status, if it differs from the error's default.
    :param counts: whether rates count it even where they spare errors of its class or status.
    :param headers: HTTP headers of the response.
    :param data: further fields of the response's body, beside code and message.
    """

    code: ClassVar[str]
    message: ClassVar[str]
    default_status: ClassVar[int]

    def __init__(
        self,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        counts: bool = False,
        **data: object,
    ) -> None:
        super().__init__(self.message)
        self.status = self.default_status if status is None else status
        self.headers = dict(headers or {})
        self.counts = counts
        self.data = data


class InvalidEndpoint(ApiError):
    """There is no such path (404), or it does not support the method (405)."""

    code = "INVALID_ENDPOINT_ERROR"
    message = "Invalid Endpoint"
    default_status = 404


class InvalidBody(ApiError):
    """The body cannot be parsed (400), or its content type is not supported (415)."""

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
    """The credentials are missing or invalid (401), or there is no such session (404)."""

    code = "INVALID_SESSION_ERROR"
    message = "Invalid Session"
    default_status = 401


class SessionMissing(ApiError):
    """There is no such session. Only some endpoints of v3 use this code."""

    code = "SESSION_NOT_FOUND_ERROR"
    message = "Session Not Found"
    default_status = 404


class InvalidPassword(ApiError):
    """The password is wrong, at a login or a reverification."""

    code = "INVALID_PASSWORD_ERROR"
    message = "Invalid Password"
    default_status = 401


class EndpointRequiresSecondFactor(ApiError):
    """``STAFF_REQUIRES_SECOND_FACTOR`` is set, and the member of staff has no second factor."""

    code = "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR"
    message = "Endpoint Requires Second Factor"
    default_status = 401


class SecondFactorChallengeRequired(ApiError):
    """The password is right, but a second factor is required.

    The body contains ``token`` and ``exp`` (UNIX seconds) of the challenge, the ``types`` of factor
    that can answer it and, for WebAuthn, the request options as ``challenge``.
    """

    code = "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR"
    message = "Second Factor Challenge Required"
    default_status = 401


class InvalidSecondFactor(ApiError):
    """There is no such second factor."""

    code = "INVALID_SECOND_FACTOR_ERROR"
    message = "Invalid Second Factor"
    default_status = 404


class InvalidSecondFactorResponse(ApiError):
    """The answer to a challenge is wrong (401), or malformed (400)."""

    code = "INVALID_SECOND_FACTOR_RESPONSE_ERROR"
    message = "Invalid Second Factor Response"
    default_status = 401


class InvalidSecondFactorMethod(ApiError):
    """The user has no second factor of the answer's type."""

    code = "INVALID_SECOND_FACTOR_METHOD_ERROR"
    message = "Invalid Second Factor Method"
    default_status = 400


class InsufficientPermissions(ApiError):
    """The caller is not staff, lacks the permission, or has a session without the scope."""

    code = "INSUFFICIENT_PERMISSIONS_ERROR"
    message = "Insufficient Permissions"
    default_status = 403


class CsrfFailed(ApiError):
    """A cookie authenticates the request, or a login is to set one, without proof that the request
    comes from a page of ours; ``reason`` says what is wrong.
    """

    code = "CSRF_FAILED_ERROR"
    message = "CSRF Failed"
    default_status = 403


class Banned(ApiError):
    """The account of the session, or the one that logs in, is banned.

    :param account: the banned account, for callers that need it. It is not part of the response.
    """

    code = "BANNED_ERROR"
    message = "Banned"
    default_status = 403

    def __init__(self, account: "AbstractBaseUser | None" = None) -> None:
        super().__init__()
        self.account = account


class TooManySessions(ApiError):
    """The user already has as many sessions of this kind as the settings allow."""

    code = "TOO_MANY_SESSIONS_ERROR"
    message = "Too Many Sessions"
    default_status = 403


class InvalidUser(ApiError):
    """There is no such user."""

    code = "INVALID_USER_ERROR"
    message = "Invalid User"
    default_status = 404


class InvalidKillSwitch(ApiError):
    """There is no kill switch with this number."""

    code = "INVALID_KILL_SWITCH_ERROR"
    message = "Invalid Kill Switch"
    default_status = 404


class RateLimited(ApiError):
    """A rate limit is reached; the header ``Retry-After`` says for how many seconds."""

    code = "RATELIMITED_ERROR"
    message = "You Have Been Ratelimited. Please Try Again Later."
    default_status = 429


class Internal(ApiError):
    """The service has failed unexpectedly; the error is in its log."""

    code = "INTERNAL_SERVER_ERROR"
    message = "Internal Server Error"
    default_status = 500


class ServiceUnavailable(ApiError):
    """A kill switch is on; ``feature`` is the number of the switch."""

    code = "SERVICE_UNAVAILABLE_ERROR"
    message = "Service Unavailable"
    default_status = 503

    def __init__(self, feature: int) -> None:
        super().__init__(feature=feature)
        self.feature = feature


class TryAgainLater(ApiError):
    """The request cannot be served at present.

    :param retry_after: the seconds after which to try again.
    """

    code = "SERVICE_UNAVAILABLE_ERROR"
    message = "Service Unavailable"
    default_status = 503

    def __init__(self, retry_after: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})


class Overloaded(TryAgainLater):
    """Too many passwords are being hashed at present; nothing has been done."""


class DatabaseUnavailable(TryAgainLater):
    """The database is unavailable or read-only at present."""
