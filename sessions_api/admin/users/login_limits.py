"""The page that resets the limits of login attempts for a user who has used them up."""

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.privileges import may_manage, permission_on_accounts
from sessions_api.admin.account_pages import AccountPagesMixin
from sessions_api.admin.guards import authority_errors_as_403
from sessions_api.admin.links import may_view
from sessions_api.admin.reasons import ReasonField
from sessions_api.conf import api_settings
from sessions_api.databases.sizes import grouped
from sessions_api.exceptions import InvalidUser
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor
from sessions_api.services.login_limits import networks_of_attempts, reset_login_limits


class LoginLimitsForm(forms.Form):
    """The reason, and the networks whose limits are reset.

    :param networks: those to choose from, with their numbers of attempts. None is chosen at first,
        because even a single one may be that of an attacker.
    """

    reason = ReasonField()
    networks = forms.MultipleChoiceField(
        label=_("Addresses"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Somebody has recently tried to log in to the account from these. Logins are limited "
            "by address. Choose those of the owner: whoever else uses one gets new attempts, too."
        ),
    )

    def __init__(self, data: QueryDict | None, *, networks: Mapping[str, int]) -> None:
        super().__init__(data)
        field = self.fields["networks"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(network, _in_words(network, networks[network])) for network in networks]
        if not networks:
            del self.fields["networks"]


class LoginLimitsMixin(AccountPagesMixin):
    """Mixed into the ``ModelAdmin`` of a user model."""

    def account_pages(self) -> Mapping[str, Callable[[HttpRequest, str], HttpResponse]]:
        """Add the page."""
        return {**super().account_pages(), "reset_login_limits": self.login_limits_view}

    def may_reset_login_limits(
        self, request: HttpRequest, account: AbstractBaseUser | None
    ) -> bool:
        """Return whether the user may manage how the account logs in.

        Nobody may do this for themselves, because a stolen login to this site could guess the
        second factor with it.
        """
        return self.has_change_permission(request, account) and (
            account is None or (may_manage(request.user, account) and account != request.user)
        )

    def login_limits_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the page, or process its form.

        :raises PermissionDenied: see :meth:`may_reset_login_limits`.
        """
        account = self.permitted_account(request, object_id, self.may_reset_login_limits)
        if account is None:
            return self.back_without_account(request)
        # The audit log has these addresses, so they are shown to those who may view it.
        sees_networks = may_view(self.admin_site, request, AuditEvent)
        form = LoginLimitsForm(
            request.POST if request.method == "POST" else None,
            networks=networks_of_attempts(account) if sees_networks else {},
        )
        if not form.is_valid():
            title = gettext("Reset login limits")
            return self.account_page(
                request,
                account,
                form,
                "reset_login_limits.html",
                title=title,
                counts=api_settings().RATELIMIT_ENABLE,
                sees_networks=sees_networks,
            )
        try:
            with authority_errors_as_403():
                is_shared = reset_login_limits(
                    account,
                    actor=Actor.of(request, permission_on_accounts("change")),
                    reason=form.cleaned_data["reason"],
                    networks=form.cleaned_data.get("networks", []),
                )
        except InvalidUser:
            return self.back_without_account(request)
        _report(request, account, is_shared)
        return self.back_to(account)


def _report(request: HttpRequest, account: AbstractBaseUser, is_shared: bool) -> None:
    if is_shared:
        text = gettext("Reset the login limits of %(user)s.")
        messages.success(request, text % {"user": account.get_username()})
    else:
        messages.warning(
            request,
            gettext(
                "The cache with the limits cannot be reached. Only those of the process that "
                "served this page were reset; try again once it is back."
            ),
        )


def _in_words(network: str, attempts: int) -> str:
    text = ngettext("%(network)s: %(count)s login", "%(network)s: %(count)s logins", attempts)
    return text % {"network": network, "count": grouped(attempts)}
