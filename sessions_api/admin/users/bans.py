"""Bans in a host's user admin: the actions of its list."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.lookup import lock_all
from sessions_api.admin.guards import reachable, recheck_permissions
from sessions_api.admin.reasons import ReasonField
from sessions_api.admin.users.privileges import BAN, AccountPrivilegesMixin
from sessions_api.databases.sizes import grouped
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned

if TYPE_CHECKING:
    from django.forms import ModelForm


class BanForm(forms.Form):
    """Asks why the selected accounts are banned or unbanned."""

    reason = ReasonField()


class BansMixin(AccountPrivilegesMixin):
    """Mixed into the ``ModelAdmin`` of a user model with a field ``is_active``.

    Every ban goes through the service, is audited, and requires a reason, and so does its end. So
    the form of an account shows only whether it is banned, and a list with ``list_editable``, which
    has no field for the reason, cannot change it either.
    """

    @admin.action(permissions=["change"], description=_("Ban selected users"))
    def ban(
        self, request: HttpRequest, queryset: QuerySet[AbstractBaseUser]
    ) -> HttpResponse | None:
        """Ban the selected users, except the user of the request, after asking for the reason."""
        return self._change_bans(request, queryset, banned=True)

    @admin.action(permissions=["change"], description=_("Unban selected users"))
    def lift_ban(
        self, request: HttpRequest, queryset: QuerySet[AbstractBaseUser]
    ) -> HttpResponse | None:
        """Lift the bans of the selected users, after asking for the reason."""
        return self._change_bans(request, queryset, banned=False)

    def _change_bans(
        self, request: HttpRequest, queryset: QuerySet[AbstractBaseUser], *, banned: bool
    ) -> HttpResponse | None:
        """Return the page that asks for the reason; None once it is done."""
        form = BanForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            if banned and queryset.filter(pk=request.user.pk).exists():
                messages.error(request, gettext("You cannot ban yourself."))
                queryset = queryset.exclude(pk=request.user.pk)
            self._set_banned(request, queryset, banned, form.cleaned_data["reason"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Ban users") if banned else gettext("Unban users"),
            "count": queryset.count(),
            "form": form,
            "action": "ban" if banned else "lift_ban",
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", ""),
        }
        request.current_app = self.admin_site.name
        template = "ban_users.html" if banned else "unban_users.html"
        return TemplateResponse(request, f"admin/sessions_api/{template}", context)

    def get_form(
        self,
        request: HttpRequest,
        obj: AbstractBaseUser | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Say where an account is banned: the text of the field may be about ticking it."""
        if obj is not None:
            meta = getattr(kwargs.get("form", self.form), "_meta", None)
            given = kwargs.get("help_texts") or getattr(meta, "help_texts", None) or {}
            text = gettext(
                "A banned account cannot log in, and its sessions are refused. "
                "Ban or unban it at the top of this page."
            )
            kwargs["help_texts"] = {**given, BAN: text}
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(
        self,
        request: HttpRequest,
        obj: AbstractBaseUser,
        form: "ModelForm[AbstractBaseUser]",
        change: bool,
    ) -> None:
        """Save the account, except for a ban or its end, which need a reason."""
        super().save_model(request, obj, form, change)
        if not (change and BAN in form.changed_data):
            return
        if obj.is_active:
            text = gettext("%(user)s was not unbanned: that needs a reason. Use the action.")
        else:
            text = gettext("%(user)s was not banned: a ban needs a reason. Use the action.")
        messages.error(request, text % {"user": obj.get_username()})

    def _set_banned(
        self,
        request: HttpRequest,
        queryset: QuerySet[AbstractBaseUser],
        banned: bool,
        reason: str,
    ) -> None:
        with transaction.atomic():
            accounts = lock_all(
                reachable(request, queryset).order_by().values_list("pk", flat=True)
            )
            recheck_permissions(self, request, "change", None, *accounts)
            actor = Actor.of(request)
            changed = [
                one for one in accounts if set_banned(one, banned, actor=actor, reason=reason)
            ]
        messages.info(request, _report(changed, banned))


def _report(changed: Sequence[AbstractBaseUser], banned: bool) -> str:
    """Return the message that names who was banned or unbanned."""
    count = len(changed)
    if not changed:
        return gettext("Nobody was banned.") if banned else gettext("Nobody was unbanned.")
    if banned:
        text = ngettext(
            "Banned %(count)s user: %(names)s", "Banned %(count)s users: %(names)s", count
        )
    else:
        text = ngettext(
            "Unbanned %(count)s user: %(names)s", "Unbanned %(count)s users: %(names)s", count
        )
    names = ", ".join(one.get_username() for one in changed)
    return text % {"count": grouped(count), "names": names}
