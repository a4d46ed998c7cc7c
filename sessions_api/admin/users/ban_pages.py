"""The pages on which one account is banned, with its sessions ended if wanted, or unbanned."""

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.privileges import END_SESSIONS, may, may_ban, permission_on_accounts
from sessions_api.admin.account_pages import AccountPagesMixin
from sessions_api.admin.guards import authority_errors_as_403
from sessions_api.admin.reasons import ReasonField
from sessions_api.databases.sizes import grouped
from sessions_api.exceptions import InvalidUser
from sessions_api.services.audit import Actor
from sessions_api.services.authority import lock_account
from sessions_api.services.bans import set_banned
from sessions_api.services.notices import suppress_notices
from sessions_api.services.sessions import end_all_sessions


class BanAccountForm(forms.Form):
    """The reason, and whether to end all sessions as well.

    :param may_end_sessions: whether to offer that.
    """

    reason = ReasonField()
    end_sessions = forms.BooleanField(
        label=_("End all sessions"),
        required=False,
        help_text=_("Otherwise they work again once the user is unbanned."),
    )

    def __init__(self, data: QueryDict | None, *, may_end_sessions: bool) -> None:
        super().__init__(data)
        if not may_end_sessions:
            del self.fields["end_sessions"]


class BanPagesMixin(AccountPagesMixin):
    """Mixed into the ``ModelAdmin`` of a user model with a field ``is_active``."""

    def account_pages(self) -> Mapping[str, Callable[[HttpRequest, str], HttpResponse]]:
        """Add the two pages."""
        pages = {"ban": self.ban_view, "unban": self.unban_view}
        return {**super().account_pages(), **pages}

    def may_change_ban(self, request: HttpRequest, account: AbstractBaseUser | None) -> bool:
        """Return whether the user may ban and unban an account; any account, if it is None."""
        return self.has_change_permission(request, account) and (
            account is None or may_ban(request.user, account)
        )

    def ban_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the page that bans an account, or process its form."""
        return self._change_ban(request, object_id, banned=True)

    def unban_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the page that lifts the ban of an account, or process its form."""
        return self._change_ban(request, object_id, banned=False)

    def _change_ban(self, request: HttpRequest, object_id: str, *, banned: bool) -> HttpResponse:
        """:raises PermissionDenied: see :meth:`may_change_ban`."""
        account = self.permitted_account(request, object_id, self.may_change_ban)
        if account is None:
            return self.back_without_account(request)
        if account.is_active is not banned:
            _report_unchanged(request, account, banned)
            return self.back_to(account)
        form = BanAccountForm(
            request.POST if request.method == "POST" else None,
            may_end_sessions=banned and may(request.user, END_SESSIONS),
        )
        if not form.is_valid():
            title = gettext("Ban user") if banned else gettext("Unban user")
            template = "ban_account.html" if banned else "unban_account.html"
            return self.account_page(request, account, form, template, title=title)
        ending = form.cleaned_data.get("end_sessions", False)
        try:
            with authority_errors_as_403():
                self._perform(request, account, banned, form.cleaned_data["reason"], ending)
        except InvalidUser:
            return self.back_without_account(request)
        return self.back_to(account)

    def _perform(
        self,
        request: HttpRequest,
        account: AbstractBaseUser,
        banned: bool,
        reason: str,
        ending: bool,
    ) -> None:
        permissions = [permission_on_accounts("change"), *([END_SESSIONS] if ending else [])]
        actor = Actor.of(request, *permissions)
        ended = 0
        with transaction.atomic():
            locked = lock_account(account, actor=actor)
            if not set_banned(locked, banned, actor=actor, reason=reason):
                _report_unchanged(request, account, banned)
                return
            if ending:
                # The owner is told of the ban.
                with suppress_notices():
                    ended = len(end_all_sessions(locked, actor=actor, reason=reason))
        name = {"user": account.get_username()}
        done = [(gettext("Banned %(user)s.") if banned else gettext("Unbanned %(user)s.")) % name]
        if ended:
            text = ngettext("Ended %(count)s session.", "Ended %(count)s sessions.", ended)
            done.append(text % {"count": grouped(ended)})
        undo = self.link_to_undo("unban" if banned else "ban", account)
        messages.success(request, format_html("{} {}", " ".join(done), undo))


def _report_unchanged(request: HttpRequest, account: AbstractBaseUser, banned: bool) -> None:
    if banned:
        text = gettext("%(user)s is banned already. Nothing was changed.")
    else:
        text = gettext("%(user)s is not banned. Nothing was changed.")
    messages.warning(request, text % {"user": account.get_username()})
