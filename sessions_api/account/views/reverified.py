"""Pages on which users prove again who they are, before something dangerous is done."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from sessions_api.account import policies
from sessions_api.account.forms.reverification import ReverifiedForm
from sessions_api.account.once import FORM_ID, new_form_id, spend
from sessions_api.account.views.challenges import FormPage, challenge_context
from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError, InvalidSession, SecondFactorChallengeRequired
from sessions_api.services.reverification import reverify
from sessions_api.services.second_factors import second_factors


class ReverifiedPage(FormPage):
    """A page with a form that takes effect once its sender has proved who they are.

    The proof is that of the API's policies with ``reverification``: the password, with the same
    rates and audit events, and the answer to a challenge if the user has a second factor. The page
    brings the challenge, so that one form is enough, and works without JavaScript.

    Subclasses set ``form_class``, and override :meth:`perform`. A policy for POST without
    ``reverification`` asks for no proof.
    """

    policies = {"get": policies.READ, "post": policies.CHANGE}
    form_class: ClassVar[type[ReverifiedForm]] = ReverifiedForm

    def get(self, request: HttpRequest, **path: str) -> HttpResponseBase:
        """Show the form."""
        return self.show_again()

    def post(self, request: HttpRequest, **path: str) -> HttpResponseBase:
        """Do it, if the form is valid and the proof is right; the proof is checked last."""
        sending = spend(request.POST, self.user.pk)
        if not sending.is_first:
            return self._sent_twice()
        form = self.make_form(request.POST, asks=second_factors().has_any(self.user))
        if not form.is_valid():
            sending.take_back()
            return self.show_again(form)
        try:
            self._reverify(form)
            return self.perform(form)
        except InvalidSession:
            raise
        except DatabaseError:
            # What it did is undone.
            sending.take_back()
            raise
        except ApiError as error:
            sending.take_back()
            self.explain(form, error)
            return self.show_again(form, error)

    def perform(self, form: ReverifiedForm) -> HttpResponseBase:
        """Do what the form asks for, and return the response.

        :raises ApiError: it is refused; the form is shown again.
        """
        raise NotImplementedError

    def make_form(self, data: Mapping[str, object] | None = None, *, asks: bool) -> ReverifiedForm:
        """Return the form, perhaps with what was sent."""
        return self.form_class(data, asks=asks)

    def show_again(
        self, form: ReverifiedForm | None = None, error: ApiError | None = None
    ) -> HttpResponseBase:
        """Show the form, with a new challenge if the user has a second factor."""
        challenge = self._challenge()
        asks = challenge is not None
        if form is None or form.asks != asks:
            form = self.make_form(asks=asks)
        token = challenge["token"] if challenge else ""
        context = {FORM_ID: new_form_id(), "token": token, **challenge_context(challenge)}
        return self.show(form, error, **context)

    def _sent_twice(self) -> HttpResponse:
        """Return the page for a form that was sent before (409)."""
        text = gettext(
            "Only the first time counts. See whether it did what you wanted. If it made something "
            "that is shown only once, such as an API token, remove that and make a new one."
        )
        return self.refusal(gettext("This form was sent twice"), text, 409)

    @sensitive_variables("form")
    def _reverify(self, form: ReverifiedForm) -> None:
        """Check the proof.

        :raises ApiError: it is wrong, or there were too many wrong ones.
        """
        assert self.gate is not None
        assert self.session is not None
        if not self.gate.policy.reverification:
            return
        purpose = self.gate.endpoint
        try:
            reverify(self.actor, form.given_password, purpose=purpose, request=self.request)
        except SecondFactorChallengeRequired:
            if not form.asks:
                # It has been enrolled since.
                raise
            second_factors().verify_challenge(
                form.answer, purpose=purpose, client=Client.of(self.request), user=self.user
            )
        else:
            self.session.reverified_for = purpose

    def _challenge(self) -> Mapping[str, object] | None:
        """Return a challenge for the form; None if the user has no second factor."""
        try:
            second_factors().require_challenge(self.user, purpose=self.endpoint_name("post"))
        except SecondFactorChallengeRequired as required:
            return required.data
        return None
