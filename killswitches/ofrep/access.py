"""Who may read the flags, by the setting ``KILLSWITCHES``.

``OFREP_TOKENS`` is a sequence of tokens, such as one for each service. ``OFREP_PUBLIC`` lets
everybody read them. Both are off by default: nobody may.
"""

from collections.abc import Sequence

from django.http import HttpRequest

from killswitches.conf import option
from killswitches.fixed_tokens import bearer_of, is_one_of


def tokens() -> Sequence[str]:
    """Return the tokens that open the flags."""
    given: Sequence[str] = option("OFREP_TOKENS", ())
    return given


def is_public() -> bool:
    """Return whether everybody may read the flags."""
    return bool(option("OFREP_PUBLIC", False))


def has_token(request: HttpRequest) -> bool:
    """Return whether a request has one of the tokens.

    It is in ``Authorization: Bearer`` (RFC 6750) or in ``X-API-Key``, the two headers of OFREP.
    """
    given = (request.META.get("HTTP_X_API_KEY", ""), bearer_of(request))
    return any(is_one_of(one, tokens()) for one in given)
