"""Pages that may ask for a second factor."""

from collections.abc import Mapping

from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext, gettext_lazy

from sessions_api.account.presentation.refusals import in_words
from sessions_api.account.views.base import AccountPage
from sessions_api.exceptions import (
    ApiError,
    InvalidPassword,
    InvalidSecondFactorMethod,
    InvalidSecondFactorResponse,
    SecondFactorChallengeRequired,
)

NOT_ACCEPTED = gettext_lazy(
    "That was not accepted, or it came too late. Each code works only once. Please try again."
)


class FormPage(AccountPage):
    """A page with a form, which is shown again if it is refused."""

    def show(self, form: Form, error: ApiError | None = None, **context: object) -> HttpResponse:
        """Show the form.

        :param error: what it was refused with, if that is not its sender's mistake.
        """
        page = self.render_to_response(self.get_context_data(form=form, **context))
        if error is not None and error.status in (429, 503):
            page.status_code = error.status
            page.headers["Retry-After"] = error.headers.get("Retry-After", "60")
        return page

    def explain(self, form: Form, error: ApiError) -> None:
        """Say on the form what it was refused with."""
        match error:
            case InvalidPassword():
                form.add_error("password", gettext("This is not your password."))
            case InvalidSecondFactorResponse() | InvalidSecondFactorMethod() if (
                "code" in form.fields
            ):
                form.add_error("code", str(NOT_ACCEPTED))
            case SecondFactorChallengeRequired():
                form.add_error(None, gettext("You have a second factor. Please give it, too."))
            case _:
                form.add_error(None, " ".join(in_words(error)))


def challenge_context(challenge: Mapping[str, object] | None) -> dict[str, object]:
    """Return what templates need to know of a challenge; None if there is none."""
    if challenge is None:
        return {"asks": False}
    return {
        "asks": True,
        "takes_codes": challenge["types"] != ["webauthn"],
        "options": challenge.get("challenge"),
    }
