"""Backup codes, which are shown once."""

from collections.abc import Sequence

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.reverification import ReverifiedForm
from sessions_api.account.views.base import AccountPage
from sessions_api.account.views.reverified import ReverifiedPage
from sessions_api.conf import api_settings
from sessions_api.exceptions import EndpointRequiresSecondFactor
from sessions_api.second_factors.account.pages.factors import LIST
from sessions_api.second_factors.http import v5
from sessions_api.second_factors.services.enrolment import new_backup_codes


class CodesShown(AccountPage):
    """Shows new backup codes, to be printed."""

    def show_codes(self, codes: Sequence[str], *, added: str = "") -> HttpResponseBase:
        """Return the page.

        :param added: the name of the second factor that they come with; "" if they replace others.
        """
        self.template_name = "second_factors/account/codes.html"
        shown = {
            "title": gettext("Your backup codes"),
            "codes": codes,
            "added": added,
            "name": self.user.get_username(),
            "service": api_settings().WEBAUTHN_RP_NAME,
        }
        return self.render_to_response(self.get_context_data(**shown))


class BackupCodesPage(ReverifiedPage, CodesShown):
    """Replaces the backup codes."""

    policies = {"get": v5.READ, "post": v5.BEGIN}
    title = _("New backup codes")
    template_name = "second_factors/account/new_codes.html"

    def perform(self, form: ReverifiedForm) -> HttpResponseBase:
        """Make new codes, and show them."""
        try:
            return self.show_codes(new_backup_codes(self.actor))
        except EndpointRequiresSecondFactor:
            self.warn(gettext("Backup codes stand in for a second factor. Add one first."))
            return HttpResponseRedirect(reverse(LIST))
