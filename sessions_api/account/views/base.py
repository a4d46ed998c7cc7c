"""The base of all account pages: who may use them, and what a refusal looks like."""

import copy
from collections.abc import Mapping
from typing import ClassVar, cast

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.base import ContextMixin, TemplateResponseMixin, View
from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request

from sessions_api.account import policies
from sessions_api.account.navigation import links
from sessions_api.account.presentation.languages import offered_languages
from sessions_api.account.presentation.refusals import in_words
from sessions_api.account.protection import new_nonce, protect
from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError, Banned, CsrfFailed, InvalidSession
from sessions_api.http.authentication import Gated
from sessions_api.http.cookies.authentication import SessionCookieAuthentication
from sessions_api.http.cookies.csrf import require_csrf
from sessions_api.http.cookies.visitors import Visitor
from sessions_api.http.errors import as_api_error
from sessions_api.http.gate import Gate
from sessions_api.http.policy import ALWAYS_OPEN, Policy
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor

#: Where the login leads to afterwards.
NEXT = "next"


# The proof is required below, so that a refusal is a page like the others.
@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
class AccountPage(Gated, TemplateResponseMixin, ContextMixin, View):
    """A page for the user of a session in a cookie.

    The gate of the API decides about each request, by the policy of its method. Without a session,
    GET leads to the login and back, and so does POST, with a message that nothing was changed. Any
    other refusal is a page.

    :cvar policies: the policy of each method; None if what the method calls has a gate of its own,
        or nothing limits it.
    :cvar title: the heading of the page.
    :cvar returns_to: the name of the page that the login returns to after a POST; "" for this one.
    :ivar session: the session of the request; None if the policy needs none and there is none.
    :ivar csp_nonce: the nonce of what the page loads.
    """

    is_page = True
    http_method_names = ["get", "head", "post"]
    policies: ClassVar[Mapping[str, Policy | None]] = {"get": policies.READ}
    title: ClassVar[Promise | str] = ""
    returns_to: ClassVar[str] = ""

    gate: Gate | None = None
    session: UserSession | None = None

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Answer a request, if its policy admits it."""
        self.csp_nonce = new_nonce()
        refusal = None
        try:
            self._enter(request)
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except (ApiError, APIException) as error:
            refusal = as_api_error(error)
            response = self.refuse(refusal)
        if self.gate:
            headers = self.gate.leave(response.status_code, refusal)
            if response.status_code == 429:
                response.headers.setdefault("Retry-After", headers.get("Retry-After", "60"))
        protect(response, self.csp_nonce)
        return response

    @classmethod
    def drilled_policies(cls) -> Mapping[str, Policy | None]:
        """Return the policies under which a drill of kill switches tries each method."""
        return cls.policies

    @classmethod
    def endpoint_name(cls, method: str) -> str:
        """Return the name of a method in burst limits, and the purpose of its challenges."""
        return f"{cls.__module__}.{cls.__qualname__}.{method}"

    @property
    def user(self) -> AbstractBaseUser:
        """The user, on a page that needs a session."""
        assert self.session is not None
        return self.session.user

    @property
    def actor(self) -> Actor:
        """Who acts, on a page that needs a session."""
        return Actor(user=self.user, client=Client.of(self.request), session=self.session)

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Return what every template may use."""
        return super().get_context_data(
            **{
                "title": self.title,
                "csp_nonce": self.csp_nonce,
                "account": self.session and self.session.user,
                "languages": offered_languages(self.request),
                "links": links(),
                "path": self.request.path,
                "current": self.request.resolver_match and self.request.resolver_match.view_name,
            }
            | kwargs
        )

    def say(self, text: str) -> None:
        """Show a message on the next page."""
        messages.success(self.request, text, fail_silently=True)

    def warn(self, text: str) -> None:
        """Show a warning on the next page."""
        messages.warning(self.request, text, fail_silently=True)

    def refuse(self, error: ApiError) -> HttpResponse:
        """Return the response to a request that is refused."""
        if isinstance(error, InvalidSession):
            return self._to_login()
        # Nobody else could use this browser otherwise: every page refuses the session.
        may_log_out = isinstance(error, Banned)
        page = self.refusal(*in_words(error), error.status, may_log_out=may_log_out)
        if wait := error.headers.get("Retry-After"):
            page.headers["Retry-After"] = wait
        return page

    def refusal(
        self, title: str, text: str, status: int, *, may_log_out: bool = False
    ) -> HttpResponse:
        """Return a page that says why nothing was done, and leads back or to the logout."""
        context = self.get_context_data(
            title=title, text=text, again=self._retry_url(), may_log_out=may_log_out
        )
        template = "sessions_api/account/refused.html"
        return render(self.request, template, context, status=status)

    def _enter(self, request: HttpRequest) -> None:
        """Admit a request, and learn whose it is.

        :raises ApiError: it is refused.
        """
        method = str(request.method).lower()
        policy = self.policies.get("get" if method == "head" else method, ALWAYS_OPEN)
        if method == "post":
            try:
                require_csrf(request, reads_form=True)
            except CsrfFailed:
                self.admit(request, ALWAYS_OPEN)
                raise
        if policy is not None:
            self.admit(request, policy)

    def admit(self, request: HttpRequest, policy: Policy) -> None:
        """Check a request against a policy, charge it to its rates, and learn whose it is.

        :raises ApiError: it is refused.
        """
        # REST framework's request sets the user of the one that it wraps.
        api_request = Request(
            copy.copy(request),
            parsers=(FormParser(), MultiPartParser()),
            authenticators=(SessionCookieAuthentication(),),
            parser_context={"view": self},
        )
        endpoint = self.endpoint_name(str(request.method).lower())
        self.gate = Gate.of(api_request, endpoint=endpoint)
        self.gate.enter(policy)
        self.gate.has_begun = True
        self.session = cast("UserSession | None", api_request.auth)
        if self.session is not None:
            # Known to context processors of the host without another query.
            request.user = self.session.user
        Visitor.introduce(request).become(self.session)

    def _to_login(self) -> HttpResponse:
        """Return a redirect to the login, which leads back here."""
        if self.request.method == "POST":
            text = gettext("You were logged out, and nothing was changed. Please log in again.")
            messages.warning(self.request, text, fail_silently=True)
        return HttpResponseRedirect(
            f"{reverse('account:login')}?{urlencode({NEXT: self._retry_url()})}"
        )

    def _retry_url(self) -> str:
        """Return the URL of the page to try again."""
        if self.request.method == "POST" and self.returns_to:
            return reverse(self.returns_to)
        return self.request.get_full_path()
