"""The page that secures a hijacked account in one step, after a confirmation."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.mail import address_of
from sessions_api.accounts.privileges import (
    END_SESSIONS,
    may,
    may_manage,
    permission_on_accounts,
)
from sessions_api.admin.account_pages import AccountPagesMixin
from sessions_api.admin.guards import authority_errors_as_403
from sessions_api.admin.hijacked.forms import UNUSABLE, SecureAccountForm
from sessions_api.admin.hijacked.mail import mail_link, obstacle
from sessions_api.databases.sizes import grouped
from sessions_api.exceptions import InvalidUser, Overloaded
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.passwords import PasswordChanged
from sessions_api.services.second_factors import second_factors
from sessions_api.services.securing import SecuredAccount, password_mark, secure_account

CHANGED = _(
    "The password of this account has been changed since you opened this page, by a colleague who "
    "is securing it too or by whoever is using it. Nothing was done. Check the security history on "
    "the user's page, or submit this again."
)
FOR_SUPERUSERS = _("No link can be sent: only superusers can send one to a member of staff.")
BUSY = _("Too many passwords are being processed. Nothing was done; please try again.")


class HijackedAccountMixin(AccountPagesMixin):
    """Mixed into the ``ModelAdmin`` of a user model: the page on which an account is secured."""

    def account_pages(self) -> Mapping[str, Callable[[HttpRequest, str], HttpResponse]]:
        """Add the page."""
        return {**super().account_pages(), "secure": self.secure_view}

    def may_secure(self, request: HttpRequest, account: AbstractBaseUser | None) -> bool:
        """Return whether the user may change the account and end sessions.

        Nobody may secure their own account: it would lock them out, and if it is theirs that was
        hijacked, the hijacker could use it to do so.
        """
        return (
            self.has_change_permission(request, account)
            and may(request.user, END_SESSIONS)
            and account != request.user
        )

    def secure_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the page, or process its form.

        :raises PermissionDenied: see :meth:`may_secure`.
        """
        account = self.permitted_account(request, object_id, self.may_secure)
        if account is None:
            return self.back_without_account(request)
        has_factors = second_factors().has_any(account)
        form = SecureAccountForm(
            request.POST if request.method == "POST" else None,
            address=address_of(account),
            no_mail=(
                obstacle(account) if may_manage(request.user, account) else str(FOR_SUPERUSERS)
            ),
            may_remove_factors=has_factors and second_factors().may_remove(request.user),
            may_ban=account.is_active,
        )
        if form.is_valid():
            try:
                with authority_errors_as_403():
                    self._secure(request, account, form.cleaned_data)
            except PasswordChanged as error:
                form.add_error(None, CHANGED)
                account = error.account
            except Overloaded:
                form.add_error(None, BUSY)
            except InvalidUser:
                return self.back_without_account(request)
            else:
                return self.back_to(account)
        live = UserSession.objects.owned_by(account).active(owner=account)
        return self.account_page(
            request,
            account,
            form,
            "secure_account.html",
            title=gettext("Secure a hijacked account"),
            found=live.aggregate(sessions=Count("pk"), scoped=Count("permission_flags")),
            has_factors=has_factors,
            mark=password_mark(account),
        )

    def _secure(
        self, request: HttpRequest, account: AbstractBaseUser, wanted: dict[str, Any]
    ) -> None:
        address = "" if wanted["password"] == UNUSABLE else wanted["password"]
        secured = secure_account(
            account,
            actor=Actor.of(request, END_SESSIONS, permission_on_accounts("change")),
            reason=wanted["reason"],
            mark=request.POST.get("mark", ""),
            mail_to=address,
            remove_factors=wanted.get("remove_factors", False),
            ban=wanted.get("ban", False),
        )
        for sentence in _summary(secured):
            messages.success(request, sentence)
        if address:
            transaction.on_commit(partial(mail_link, request, secured.user, address))


def _summary(secured: SecuredAccount) -> Iterator[str]:
    """Yield a sentence for each thing that was done."""
    text = ngettext(
        "Secured the account of %(user)s: password revoked, %(count)s session ended.",
        "Secured the account of %(user)s: password revoked, %(count)s sessions ended.",
        secured.sessions,
    )
    yield text % {"user": secured.user.get_username(), "count": grouped(secured.sessions)}
    if secured.factors:
        text = ngettext(
            "Removed %(count)s second factor.", "Removed %(count)s second factors.", secured.factors
        )
        yield text % {"count": secured.factors}
    if secured.banned:
        yield gettext("Banned the account.")
