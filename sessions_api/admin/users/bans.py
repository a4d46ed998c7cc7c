"""Bans in a host's user admin: actions, and the reason in the form of an account."""

import types
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.lookup import lock_all
from sessions_api.accounts.privileges import may_ban
from sessions_api.admin.guards import reachable, recheck_permissions
from sessions_api.admin.listing.sizes import grouped
from sessions_api.admin.reasons import ReasonField
from sessions_api.admin.users.privileges import BAN, BAN_REASON, AccountPrivilegesMixin
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned


class BanForm(forms.Form):
    """Asks why the selected accounts are banned or unbanned."""

    reason = ReasonField()


if TYPE_CHECKING:
    # At run time it is not generic.
    AccountForm = ModelForm[AbstractBaseUser]
else:
    AccountForm = ModelForm


class BanReasonForm(AccountForm):
    """Mixed into the form of an account: asks for the reason of a ban, which a ban requires."""

    ban_reason = ReasonField(
        label=_("Reason for a ban"),
        help_text=_("Needed if you untick “active”. Kept with the ban and in the audit log."),
        required=False,
    )

    def clean(self) -> dict[str, object] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        if BAN in self.changed_data and not given.get(BAN) and not given.get(BAN_REASON):
            self.add_error(BAN_REASON, self.fields[BAN_REASON].error_messages["required"])
        return cleaned


class BansMixin(AccountPrivilegesMixin):
    """Mixed into the ``ModelAdmin`` of a user model with a field ``is_active``.

    Every ban goes through the service, is audited, and requires a reason. So lists with
    ``list_editable``, which have no field for one, can only lift bans.
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
        **kwargs: object,
    ) -> Any:
        """Add the field for the reason, if the user may ban the account."""
        if self._asks_for_reason(request, obj):
            form = kwargs.get("form", self.form)
            kwargs["form"] = types.new_class("BanReasonForm", (BanReasonForm, form))
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: AbstractBaseUser | None = None) -> Any:
        """Ask for the reason of a ban."""
        fieldsets = super().get_fieldsets(request, obj)
        if self._asks_for_reason(request, obj):
            return [
                (title, {**options, "fields": _with_field(options["fields"])})
                for title, options in fieldsets
            ]
        return fieldsets

    def save_model(
        self,
        request: HttpRequest,
        obj: AbstractBaseUser,
        form: "ModelForm[AbstractBaseUser]",
        change: bool,
    ) -> None:
        """Save the account; a ban goes through the service, in the transaction of the request."""
        super().save_model(request, obj, form, change)
        if not (change and BAN in form.changed_data):
            return
        reason = form.cleaned_data.get(BAN_REASON, "")
        if not (reason or obj.is_active):
            # A list with list_editable, whose rows have no field for it.
            text = gettext("%(user)s was not banned: a ban needs a reason. Use the action.")
            messages.error(request, text % {"user": obj.get_username()})
            return
        set_banned(obj, not obj.is_active, actor=Actor.of(request), reason=reason)

    def _asks_for_reason(self, request: HttpRequest, account: AbstractBaseUser | None) -> bool:
        return (
            account is not None
            and account.is_active
            and self.has_change_permission(request, account)
            and may_ban(request.user, account)
        )

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


def _with_field(fields: Iterable[object]) -> list[object]:
    """Add the field for the reason to the fields of a fieldset, below the one that bans."""
    lines = [line for line in fields if line != BAN_REASON]
    for number, line in enumerate(lines):
        if line == BAN or (isinstance(line, list | tuple) and BAN in line):
            return [*lines[: number + 1], BAN_REASON, *lines[number + 1 :]]
    return lines


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
