"""From exception to answer: every failure becomes a domain error, whatever raised it."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf

from sessions_api.databases.outages import RETRY_AFTER, is_away, log_outage
from sessions_api.exceptions import (
    ApiError,
    BodyTooLarge,
    DatabaseAway,
    InsufficientPermissions,
    Internal,
    InvalidBody,
    InvalidEndpoint,
    InvalidSession,
    MissingFields,
    RateLimited,
)
from sessions_api.fastpath.responses import ApiResponse

logger = logging.getLogger("sessions_api")


@dataclass(frozen=True)
class Wording:
    """How a dialect words an error; code and message are the error's own where none is given.

    :param status: of the error with this HTTP status alone.
    """

    error: type[ApiError]
    status: int | None = None
    code: str | None = None
    message: str | None = None

    def fits(self, error: ApiError) -> bool:
        return isinstance(error, self.error) and self.status in (None, error.status)


class ErrorForm:
    """The bodies of a dialect's errors: code, message, and the error's data.

    :param wordings: of what the dialect words in its own way; the first that fits counts.
    :param message_field: under what name the message stands.
    """

    def __init__(self, *wordings: Wording, message_field: str = "message") -> None:
        self.wordings = wordings
        self.message_field = message_field

    def __call__(self, error: ApiError) -> dict[str, object]:
        wording = next((one for one in self.wordings if one.fits(error)), None)
        code = (wording and wording.code) or error.code
        message = (wording and wording.message) or error.message
        return {"code": code, self.message_field: message, **error.data}


#: Where a dialect has no other.
envelope = ErrorForm()


def json_response(
    error: ApiError, render_error: Callable[[ApiError], dict[str, object]] = envelope
) -> ApiResponse:
    """The answer to a request that reaches no viewset."""
    return ApiResponse(render_error(error), error.status, error.headers)


def as_api_error(exception: Exception) -> ApiError:
    """The domain error that an exception stands for.

    What is no fault of the caller's becomes :class:`Internal` and is logged with its traceback,
    never with the request's body or headers.
    """
    match exception:
        case ApiError():
            return exception
        case Exception(__cause__=ApiError() as cause):
            return cause
        case drf.ValidationError(detail=dict() as detail):
            return MissingFields(list(detail))
        case drf.ParseError() | UnreadablePostError():
            return InvalidBody()
        case drf.UnsupportedMediaType():
            return InvalidBody(status=415)
        case drf.MethodNotAllowed():
            return InvalidEndpoint(status=405)
        case drf.AuthenticationFailed() | drf.NotAuthenticated():
            return InvalidSession()
        case drf.PermissionDenied() | PermissionDenied():
            return InsufficientPermissions()
        case drf.Throttled():
            return RateLimited(headers=_throttled(exception))
        case drf.NotFound() | Http404():
            return InvalidEndpoint()
        case RequestDataTooBig():
            return BodyTooLarge()
        case TooManyFieldsSent() | TooManyFilesSent():
            return BodyTooLarge(status=400)
        case SuspiciousOperation():
            return InvalidBody()
    if is_away(exception):
        log_outage(exception)
        return DatabaseAway(RETRY_AFTER)
    logger.error("A request failed", exc_info=exception)
    return Internal()


def _throttled(refusal: drf.Throttled) -> dict[str, str]:
    """The headers of a refusal by a throttle of REST framework's, which may not know for how many
    seconds."""
    wait = getattr(refusal, "wait", None) or 0
    return {"Retry-After": str(max(1, math.ceil(wait))), "RateLimit-Reason": "standard"}
