"""Bodies of evaluation requests: JSON objects with a ``context``."""

import json

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

#: The maximum length of a body, in bytes. Contexts have a few keys.
MAX_LENGTH = 65_536


class Unusable(Exception):
    """A body that cannot be used.

    :param code: the error code of OpenFeature.
    :param status: the status of the response.
    """

    def __init__(self, code: str, details: str, status: int = 400) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.status = status


def read_context(request: HttpRequest) -> dict[str, object]:
    """Return the evaluation context; empty if the body is empty or has none.

    :raises Unusable: the body is too long, cannot be read, or is no JSON object, or its context is
        none.
    """
    try:
        body = request.body
    except RequestDataTooBig:
        raise _too_long() from None
    except UnreadablePostError:
        raise Unusable("PARSE_ERROR", "The body is incomplete.") from None
    if len(body) > MAX_LENGTH:
        raise _too_long()
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise Unusable("PARSE_ERROR", "The body is not valid JSON.") from None
    if not isinstance(parsed, dict):
        raise Unusable("PARSE_ERROR", "The body is not a JSON object.")
    context = parsed.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise Unusable("INVALID_CONTEXT", "The context is not a JSON object.")
    return context


def _too_long() -> Unusable:
    return Unusable("PARSE_ERROR", f"The body has more than {MAX_LENGTH} bytes.", 413)
