"""Preventing and auditing privilege escalation by managing accounts in the admin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import unquote
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.lookup import lock
from sessions_api.accounts.powers import PRIVILEGES, changes, flags_of, memberships_of
from sessions_api.accounts.privileges import is_unrestricted, may_act_on, may_manage
from sessions_api.admin.guards import authority_errors_as_403, recheck_permissions
from sessions_api.admin.stale import StalePageMixin
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record
from sessions_api.services.email_changes import note_new_email
from sessions_api.services.passwords import attributed_change

#: The field that no form changes: a ban, and its end, are actions that require a reason. Other
#: staff may ban staff, which gains them no privileges.
BAN = "is_active"
#: The reason for ending sessions when staff set a password.
PASSWORD_SET = "The password was set in the admin."  # noqa: S105


if TYPE_CHECKING:
    # At run time it is not generic.
    PasswordForm = AdminPasswordChangeForm[AbstractBaseUser]
else:
    PasswordForm = AdminPasswordChangeForm


class SetPasswordForm(PasswordForm):
    """Django's form, except that it writes only the password.

    Django writes every column as it was before the password was hashed, and would lift a ban that
    was imposed in the meantime.
    """

    def save(self, commit: bool = True) -> AbstractBaseUser:
        """Save the password, in one transaction with its audit event."""
        account = super().save(commit=False)
        if commit:
            with transaction.atomic():
                account.save(update_fields=["password"])
        return account


class AccountPrivilegesMixin(StalePageMixin):
    """Mixed into the ``ModelAdmin`` of a user model.

    Only superusers may change the :data:`PRIVILEGES` of accounts, and only they may manage the
    accounts of staff: set passwords, change other fields, delete them. Other staff may view and ban
    these accounts; those of superusers are read-only for them. This also applies to lists with
    ``list_editable``, and to a host's own forms and inlines.

    Saving an account writes only the fields that its form has changed. A host that sets others must
    save them in its own ``save_model()``.
    """

    change_password_form = SetPasswordForm

    def get_readonly_fields(
        self, request: HttpRequest, obj: AbstractBaseUser | None = None
    ) -> list[str]:
        """Add the fields that the user must not change."""
        fields = [*super().get_readonly_fields(request, obj)]
        if not is_unrestricted(request.user):
            fields += [name for name in PRIVILEGES if hasattr(self.model, name)]
        if obj is not None and not may_manage(request.user, obj):
            every = [*self.opts.concrete_fields, *self.opts.many_to_many]
            # The password is not shown at all; see get_fieldsets().
            fields += {field.name for field in every if field.editable} - {"password"}
        return fields if obj is None else [*fields, BAN]

    def get_fieldsets(self, request: HttpRequest, obj: AbstractBaseUser | None = None) -> Any:
        """Leave out the password if the user may not set one."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.may_set_password(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": _without_password(options["fields"])})
            for title, options in fieldsets
        ]

    def has_change_permission(
        self, request: HttpRequest, obj: AbstractBaseUser | None = None
    ) -> bool:
        """Require Django's permission; only superusers may change superusers."""
        return super().has_change_permission(request, obj) and (
            obj is None or may_act_on(request.user, obj)
        )

    def has_delete_permission(
        self, request: HttpRequest, obj: AbstractBaseUser | None = None
    ) -> bool:
        """Require Django's permission; only superusers may delete accounts of staff."""
        return super().has_delete_permission(request, obj) and (
            obj is None or may_manage(request.user, obj)
        )

    def may_set_password(self, request: HttpRequest, account: AbstractBaseUser) -> bool:
        """Return whether the user may change the account and its credentials."""
        return self.has_change_permission(request, account) and may_manage(request.user, account)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - as Django's URL names it
        form_url: str = "",
    ) -> HttpResponse:
        """Show or process Django's page that sets the password of an account.

        :raises PermissionDenied: see :meth:`may_set_password`.
        """
        account = self.get_object(request, unquote(id))
        if account is not None and not self.may_set_password(request, account):
            raise PermissionDenied
        if account == request.user:
            # That page requires the old password, and a second factor.
            own = reverse("admin:password_change", current_app=self.admin_site.name)
            return HttpResponseRedirect(own)
        with authority_errors_as_403(), attributed_change(Actor.of(request), PASSWORD_SET):
            # Only Django's user admin has such a page.
            page: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
            return page

    def save_model(
        self,
        request: HttpRequest,
        obj: AbstractBaseUser,
        form: "ModelForm[AbstractBaseUser]",
        change: bool,
    ) -> None:
        """Save the account, except for a ban, and record the changes.

        :raises PermissionDenied: the form changes fields that the user must not change.
        :raises Http404: the account has been deleted in the meantime.
        """
        changed = set(form.changed_data)
        with transaction.atomic():
            before = _lock_account(obj) if change else None
            recheck_permissions(self, request, *(["add"] if before is None else ["change", before]))
            actor = Actor.of(request)
            _require_power_to(request.user, before or obj, changed)
            if before is not None:
                with attributed_change(actor, PASSWORD_SET):
                    obj.save(update_fields=self._written(changed))
                note_new_email(obj, before=before, actor=actor)
            else:
                super().save_model(request, obj, form, change)
            self._record(actor, before, obj, changed)

    def save_related(
        self,
        request: HttpRequest,
        form: "ModelForm[AbstractBaseUser]",
        formsets: object,
        change: bool,
    ) -> None:
        """Save groups, permissions and a host's inlines, and record the changes of privileges.

        :raises PermissionDenied: privileges were changed, and the user is not a superuser.
        """
        account = form.instance
        with transaction.atomic():
            before = memberships_of(account)
            super().save_related(request, form, formsets, change)
            if not (changed := changes(before, memberships_of(account))):
                return
            if not is_unrestricted(request.user):
                raise PermissionDenied
            kind = AuditEvent.Kind.PRIVILEGES_CHANGED
            record(kind, Actor.of(request), subject=account, **changed)

    def _written(self, changed: set[str]) -> set[str]:
        """Return the names of the fields that saving a changed account writes.

        Fields that the form has not changed are left out: writing them could revert concurrent
        changes, such as a new password. So is the ban, which has its own service.
        """
        return {
            field.name
            for field in self.opts.concrete_fields
            if changed and (field.name in changed or getattr(field, "auto_now", False))
        } - {BAN}

    def _record(
        self,
        actor: Actor,
        before: AbstractBaseUser | None,
        account: AbstractBaseUser,
        changed: set[str],
    ) -> None:
        """Record that an account was created, or the names of its changed fields.

        Values are not recorded, except for the username.
        """
        old = account.get_username() if before is None else before.get_username()
        fields = changed & {field.name for field in self.opts.concrete_fields}
        if before is None:
            record(AuditEvent.Kind.ACCOUNT_CREATED, actor, subject=account)
        elif fields := fields - {*PRIVILEGES, BAN, "password"}:
            renamed = {} if old == account.get_username() else {"renamed_from": old}
            kind = AuditEvent.Kind.ACCOUNT_CHANGED
            record(kind, actor, subject=account, fields=sorted(fields), **renamed)
        flags = changes({} if before is None else flags_of(before), flags_of(account))
        if flags and (before is None or changed & {*PRIVILEGES}):
            record(AuditEvent.Kind.PRIVILEGES_CHANGED, actor, subject=account, **flags)


def _lock_account(account: AbstractBaseUser) -> AbstractBaseUser:
    """:raises Http404: the account has been deleted."""
    held = lock(account)
    if held is None:
        raise Http404
    return held


def _require_power_to(actor: Caller, account: AbstractBaseUser, changed: set[str]) -> None:
    """Refuse changes of fields that are read-only on the page, but were posted anyway.

    :param account: the account before the change; if it is new, the account to create.
    """
    if is_unrestricted(actor):
        return
    reserved = {*PRIVILEGES} if may_manage(actor, account) else changed - {BAN}
    if changed & reserved or not may_act_on(actor, account):
        raise PermissionDenied


def _without_password(fields: Iterable[object]) -> list[object]:
    """Remove the password from the fields of a fieldset, which may be grouped in lines."""
    lines = [
        [name for name in line if name != "password"] if isinstance(line, list | tuple) else line
        for line in fields
    ]
    return [line for line in lines if line and line != "password"]
