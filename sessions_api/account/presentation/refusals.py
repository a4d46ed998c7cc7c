"""Errors in words for people, who did not call an endpoint."""

from django.utils.translation import gettext

from sessions_api.exceptions import (
    ApiError,
    Banned,
    CsrfFailed,
    InvalidSecondFactorMethod,
    InvalidSecondFactorResponse,
    Overloaded,
    RateLimited,
    ServiceUnavailable,
    TooManySessions,
)

#: In seconds.
MINUTE, HOUR = 60, 3600


def in_words(error: ApiError) -> tuple[str, str]:
    """Return the heading and the text of the page for an error."""
    match error:
        case CsrfFailed():
            return gettext("This page was out of date"), gettext(
                "You have logged in or out since it was opened, perhaps in another tab. Nothing "
                "was changed. If this keeps happening, allow cookies for this site."
            )
        case Banned():
            return gettext("Your account is banned"), gettext(
                "You cannot use it. Ask the staff of this site why."
            )
        case RateLimited():
            return gettext("Too many attempts"), _come_back(error)
        case Overloaded():
            return gettext("Too many people are doing this at the moment"), gettext(
                "Nothing was changed. Please try again in a few seconds."
            )
        case ServiceUnavailable():
            return gettext("Not available at the moment"), gettext(
                "The staff of this site have turned this off for now. Please try again later."
            )
        case TooManySessions():
            return gettext("You are logged in too often"), gettext(
                "Log out somewhere else first, and then log in here."
            )
        case InvalidSecondFactorResponse() | InvalidSecondFactorMethod():
            return gettext("That was not accepted"), gettext(
                "It was wrong, or it came too late. Please try again."
            )
        case _ if error.status >= 500:
            return gettext("Not available at the moment"), gettext(
                "Nothing was changed. Please try again in a moment."
            )
        case _:
            return gettext("This is not possible"), gettext("Nothing was changed.")


def _come_back(error: RateLimited) -> str:
    """Return when to try again, as people say it."""
    seconds = int(error.headers.get("Retry-After", MINUTE))
    if seconds < MINUTE:
        return gettext("Nothing was changed. Please try again in a few seconds.")
    if seconds < HOUR:
        return gettext("Nothing was changed. Please try again in a few minutes.")
    return gettext("Nothing was changed. Please try again in a few hours.")
