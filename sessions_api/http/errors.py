"""Conversion of exceptions to error responses. Every exception becomes an :class:`ApiError`."""

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

from sessions_api.databases.outages import RETRY_AFTER, is_unavailable, log_outage
from sessions_api.exceptions import (
    ApiError,
    BodyTooLarge,
    DatabaseUnavailable,
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
    """A dialect's own code or message for an error.

    :param error: the class of the error, or a base of it.
    :param status: match only errors with this HTTP status; None matches all.
    :param code: replaces the error's own code.
    :param message: replaces the error's own message.
    """

    error: type[ApiError]
    status: int | None = None
    code: str | None = None
    message: str | None = None

    def fits(self, error: ApiError) -> bool:
        return isinstance(error, self.error) and self.status in (None, error.status)


class ErrorForm:
    """Renders errors for a dialect: code, message and the error's data.

    :param wordings: the dialect's own codes and messages; the first match is used.
    :param message_field: the name of the field that holds the message.
    """

    def __init__(self, *wordings: Wording, message_field: str = "message") -> None:
        self.wordings = wordings
        self.message_field = message_field

    def __call__(self, error: ApiError) -> dict[str, object]:
        wording = next((one for one in self.wordings if one.fits(error)), None)
        code = (wording and wording.code) or error.code
        message = (wording and wording.message) or error.message
        return {"code": code, self.message_field: message, **error.data}


#: The default form, for dialects without one of their own.
envelope = ErrorForm()


def json_response(
    error: ApiError, render_error: Callable[[ApiError], dict[str, object]] = envelope
) -> ApiResponse:
    """Return the response to a request that did not reach a viewset."""
    response = ApiResponse(render_error(error), error.status, error.headers)
    response.error = error
    return response


def as_api_error(exception: Exception) -> ApiError:
    """Return the :class:`ApiError` for an exception.

    An exception that is not the caller's fault becomes :class:`Internal` and is logged with its
    traceback, never with the request's body or headers. A lost database connection becomes
    :class:`DatabaseUnavailable`.
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
    if is_unavailable(exception):
        log_outage(exception)
        return DatabaseUnavailable(RETRY_AFTER)
    logger.error("Could not answer a request.", exc_info=exception)
    return Internal()


def _throttled(refusal: drf.Throttled) -> dict[str, str]:
    """Return the headers for a refusal by a DRF throttle, which may not know how long to wait."""
    wait = getattr(refusal, "wait", None) or 0
    return {"Retry-After": str(max(1, math.ceil(wait))), "RateLimit-Reason": "standard"}
