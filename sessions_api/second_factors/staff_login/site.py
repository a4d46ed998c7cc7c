"""An admin site that requires a second factor of users who have one."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth import login as auth_login
from django.contrib.auth import logout as auth_logout
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from sessions_api.conf import api_settings
from sessions_api.exceptions import InvalidSecondFactorResponse, SecondFactorChallengeRequired
from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services.challenges import (
    has_any,
    pending_challenge,
    require_challenge,
)
from sessions_api.second_factors.staff_login.expired import ExpiredLoginMixin
from sessions_api.second_factors.staff_login.forms import (
    PURPOSE,
    REFUSED,
    PasswordForm,
    SecondFactorForm,
    status_of,
)
from sessions_api.second_factors.staff_login.password import OwnPasswordView
from sessions_api.services.audit import Actor, record
from sessions_api.services.console_sessions import SITE

#: The key in Django's session for the user who has presented a second factor in it.
PRESENTED_BY = "second_factor_shown_by"


class SecondFactorAdminSite(ExpiredLoginMixin, AdminSite):
    """Mixed into an admin site: a password alone is not enough if the user has a second factor.

    Passwords are rate limited as in the API's login. A correct one leads to a second page if the
    user has a factor, and a correct answer there completes the login. A Django session from another
    login page, or from before the factor was enrolled, leads to that page too.
    """

    login_form = PasswordForm

    def has_permission(self, request: HttpRequest) -> bool:
        """Require a presented second factor as well, if the user has one."""
        return super().has_permission(request) and not _requires_second_factor(request)

    @method_decorator(never_cache)
    @method_decorator(csrf_protect)
    @method_decorator(sensitive_post_parameters())
    @login_not_required
    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show either page, or process its form."""
        if "start_over" in request.POST:
            auth_logout(request)
            return HttpResponseRedirect(request.get_full_path())
        if "token" in request.POST:
            return self._verify_answer(request, extra_context)
        try:
            if request.method != "POST" and super().has_permission(request):
                _require_second_factor(request)
            response = super().login(request, extra_context)
        except SecondFactorChallengeRequired as challenge:
            return self._second_page(
                request, str(challenge.data["token"]), extra_context=extra_context
            )
        if isinstance(response, TemplateResponse):
            response.status_code = status_of((response.context_data or {})["form"])
        elif request.method == "POST" and isinstance(response, HttpResponseRedirect):
            _record_login(request)
            return HttpResponseRedirect(self._next(request))
        return response

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> Any:
        """Show or process the page on which users change their own password."""
        options: dict[str, object] = {
            "success_url": reverse("admin:password_change_done", current_app=self.name),
            "extra_context": {**self.each_context(request), **(extra_context or {})},
        }
        if self.password_change_template is not None:
            options["template_name"] = self.password_change_template
        request.current_app = self.name
        return OwnPasswordView.as_view(**options)(request)

    def _verify_answer(
        self, request: HttpRequest, extra_context: dict[str, object] | None
    ) -> HttpResponse:
        form = SecondFactorForm(request, request.POST)
        if not form.is_valid():
            return self._second_page(request, request.POST["token"], form, extra_context)
        # The type checker knows this project's user model only.
        auth_login(request, form.user, backend=form.backend)  # type: ignore[arg-type]
        # auth_login() keeps the key of a session that was already this user's.
        request.session.cycle_key()
        request.session[PRESENTED_BY] = str(form.user.pk)
        _record_login(request)
        return HttpResponseRedirect(self._next(request))

    def _second_page(
        self,
        request: HttpRequest,
        token: str,
        form: Form | None = None,
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Return the second page, or redirect to the first if the token is no longer valid."""
        try:
            challenge = _read_challenge(token)
        except InvalidSecondFactorResponse:
            messages.error(request, REFUSED)
            return HttpResponseRedirect(request.get_full_path())
        form = form or SecondFactorForm(request, initial={"token": token})
        context = {
            **self.each_context(request),
            **challenge,
            "title": gettext("Second factor"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            REDIRECT_FIELD_NAME: self._next(request),
            "form": form,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(
            request, "admin/second_factors/login.html", context, status=status_of(form)
        )

    def _next(self, request: HttpRequest) -> str:
        """Return the URL to redirect to after the login: the requested one if on this host."""
        url = request.POST.get(REDIRECT_FIELD_NAME, request.GET.get(REDIRECT_FIELD_NAME))
        if url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()):
            return str(url)
        return reverse("admin:index", current_app=self.name)


def _requires_second_factor(request: HttpRequest) -> bool:
    """Return whether the user has a second factor that was not presented in this session."""
    shown = request.session.get(PRESENTED_BY) == str(request.user.pk)
    return not shown and has_any(request.user)


def _require_second_factor(request: HttpRequest) -> None:
    """:raises SecondFactorChallengeRequired: see :func:`_requires_second_factor`."""
    if _requires_second_factor(request):
        require_challenge(Actor.of(request).account, purpose=PURPOSE)


def _read_challenge(token: str) -> dict[str, object]:
    """Return the context of the second page: ``takes_codes``, and WebAuthn ``options`` or None.

    :raises InvalidSecondFactorResponse: the token is invalid, has expired or has been used.
    """
    challenge = pending_challenge(token, purpose=PURPOSE).data
    return {
        "takes_codes": challenge["types"] != [SecondFactor.Type.WEBAUTHN],
        "options": challenge.get("challenge"),
    }


def _record_login(request: HttpRequest) -> None:
    """Audit the login, and warn if a missing second factor closes the staff endpoints.

    A login that begins a session of the console is audited with that.
    """
    actor = Actor.of(request)
    if not api_settings().CONSOLE_SESSIONS:
        record(AuditEvent.Kind.LOGIN, actor, subject=actor.account, site=SITE)
    if api_settings().STAFF_REQUIRES_SECOND_FACTOR and not has_any(actor.account):
        messages.warning(
            request,
            gettext(
                "You have no second factor. Until you set one up, you cannot use the API's staff "
                "endpoints."
            ),
        )
