"""The page that secures a hijacked account in one step, after a confirmation."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import Fieldset
from django.contrib.admin.utils import quote, unquote
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.lookup import user_key
from sessions_api.accounts.mail import address_of
from sessions_api.accounts.privileges import (
    END_SESSIONS,
    may,
    may_manage,
    permission_on_accounts,
)
from sessions_api.admin.guards import authority_errors_as_403
from sessions_api.admin.hijacked.forms import UNUSABLE, SecureAccountForm
from sessions_api.admin.hijacked.mail import mail_link, obstacle
from sessions_api.admin.listing.sizes import grouped
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


class HijackedAccountMixin(ModelAdmin):
    """Mixed into the ``ModelAdmin`` of a user model: the page on which an account is secured."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        view = self.admin_site.admin_view(self.secure_view)
        secure = path("<path:object_id>/secure/", view, name=self._name_of("secure"))
        return [secure, *super().get_urls()]

    def secure_url(self, account: AbstractBaseUser) -> str:
        """Return the URL of the page that secures an account."""
        return self._url("secure", account)

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
        account = self._account(request, unquote(object_id))
        if not self.may_secure(request, account):
            raise PermissionDenied
        if account is None:
            return self._redirect_deleted(request)
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
                return self._redirect_deleted(request)
            else:
                return HttpResponseRedirect(self._url("change", account))
        live = UserSession.objects.owned_by(account).active(owner=account)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Secure a hijacked account"),
            "account": account,
            "found": live.aggregate(sessions=Count("pk"), scoped=Count("permission_flags")),
            "has_factors": has_factors,
            "form": form,
            # It accepts any form, but its stubs only model forms.
            "fieldset": Fieldset(form, fields=list(form.fields)),  # type: ignore[arg-type]
            "mark": password_mark(account),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/sessions_api/secure_account.html", context)

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

    def _account(self, request: HttpRequest, text: str) -> AbstractBaseUser | None:
        """Return the account by its key as text; None if this admin has no such account."""
        return self.get_object(request, text) if user_key(text) is not None else None

    def _redirect_deleted(self, request: HttpRequest) -> HttpResponse:
        messages.warning(request, gettext("This account no longer exists."))
        return self.response_post_save_change(request, None)

    def _url(self, page: str, account: AbstractBaseUser) -> str:
        name = f"admin:{self._name_of(page)}"
        return reverse(name, args=[quote(account.pk)], current_app=self.admin_site.name)

    def _name_of(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"


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
