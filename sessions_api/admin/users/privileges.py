"""Care with accounts in the admin: managing them is no way up, and is on record."""

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
from sessions_api.accounts.privileges import may_act_on, may_manage, reaches_everybody
from sessions_api.admin.guards import denied_without_authority, recheck_permissions
from sessions_api.admin.stale import StalePageMixin
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record
from sessions_api.services.passwords import attributed_change

#: What stays open on accounts of staff: to ban them is no way up.
BAN = "is_active"


#: Why sessions end when staff set a password.
PASSWORD_SET = "The password was set in the admin."  # noqa: S105


if TYPE_CHECKING:
    # At run time it is not generic.
    PasswordForm = AdminPasswordChangeForm[AbstractBaseUser]
else:
    PasswordForm = AdminPasswordChangeForm


class SetPasswordForm(PasswordForm):
    """Django's, but it writes the password alone, where Django's writes all of the account as it
    was before the hash: a ban of that moment would be lifted."""

    def save(self, commit: bool = True) -> AbstractBaseUser:
        """Set the password, and keep it in one transaction with its audit event."""
        account = super().save(commit=False)
        if commit:
            with transaction.atomic():
                account.save(update_fields=["password"])
        return account


class AccountPrivilegesMixin(StalePageMixin):
    """Mixed into the ``ModelAdmin`` of a user model.

    Only superusers give or take the :data:`PRIVILEGES` of accounts, and only they manage those of
    staff: set their passwords, change who they are, delete them. Others see these accounts, and may
    ban them; those of superusers are read-only for them. All of it holds whatever is posted, by a
    list with ``list_editable`` and by a host's own forms and inlines too.

    A changed account is saved by the fields that its form has changed. A host that sets others does
    so, and saves them, in a ``save_model()`` of its own.
    """

    change_password_form = SetPasswordForm

    def get_readonly_fields(
        self, request: HttpRequest, obj: AbstractBaseUser | None = None
    ) -> list[str]:
        """The host's own, and what the user of the request must not change."""
        fields = [*super().get_readonly_fields(request, obj)]
        if not reaches_everybody(request.user):
            fields += [name for name in PRIVILEGES if hasattr(self.model, name)]
        if obj is not None and not may_manage(request.user, obj):
            every = [*self.opts.concrete_fields, *self.opts.many_to_many]
            # Of the password nothing is shown, see get_fieldsets().
            fields += {field.name for field in every if field.editable} - {BAN, "password"}
        if obj == request.user:
            fields.append(BAN)
        return fields

    def get_fieldsets(self, request: HttpRequest, obj: AbstractBaseUser | None = None) -> Any:
        """The host's own; with the way to a new password for those alone who may set one."""
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
        """As Django's permissions say, but superusers are for superusers to change."""
        return super().has_change_permission(request, obj) and (
            obj is None or may_act_on(request.user, obj)
        )

    def has_delete_permission(
        self, request: HttpRequest, obj: AbstractBaseUser | None = None
    ) -> bool:
        """As Django's permissions say, but accounts of staff are for superusers to delete."""
        return super().has_delete_permission(request, obj) and (
            obj is None or may_manage(request.user, obj)
        )

    def may_set_password(self, request: HttpRequest, account: AbstractBaseUser) -> bool:
        """Whether the user of the request may change the account and decide how it logs in."""
        return self.has_change_permission(request, account) and may_manage(request.user, account)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - as Django's URL names it
        form_url: str = "",
    ) -> HttpResponse:
        """Django's page that sets the password of an account.

        :raises PermissionDenied: see :meth:`may_set_password`.
        """
        account = self.get_object(request, unquote(id))
        if account is not None and not self.may_set_password(request, account):
            raise PermissionDenied
        if account == request.user:
            # Where it takes the old one, and a second factor.
            own = reverse("admin:password_change", current_app=self.admin_site.name)
            return HttpResponseRedirect(own)
        with denied_without_authority(), attributed_change(Actor.of(request), PASSWORD_SET):
            # Whoever has such a page has it from Django's own user admin.
            page: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
            return page

    def save_model(
        self,
        request: HttpRequest,
        obj: AbstractBaseUser,
        form: "ModelForm[AbstractBaseUser]",
        change: bool,
    ) -> None:
        """Save the account, but for a ban, and record what has changed.

        :raises PermissionDenied: the form changes what the user of the request must not.
        :raises Http404: the account has gone meanwhile.
        """
        changed = set(form.changed_data)
        with transaction.atomic():
            before = _lock_account(obj) if change else None
            recheck_permissions(self, request, *(["add"] if before is None else ["change", before]))
            actor = Actor.of(request)
            _require_power_to(request.user, before or obj, changed)
            if change:
                with attributed_change(actor, PASSWORD_SET):
                    obj.save(update_fields=self._written(changed))
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
        """Save groups, permissions and a host's inlines, and record which privileges these changed.

        :raises PermissionDenied: they changed some, and the user of the request is no superuser.
        """
        account = form.instance
        with transaction.atomic():
            before = memberships_of(account)
            super().save_related(request, form, formsets, change)
            if not (changed := changes(before, memberships_of(account))):
                return
            if not reaches_everybody(request.user):
                raise PermissionDenied
            kind = AuditEvent.Kind.PRIVILEGES_CHANGED
            record(kind, Actor.of(request), subject=account, **changed)

    def _written(self, changed: set[str]) -> set[str]:
        """The columns that saving a changed account writes, by their fields' names.

        None that the form left alone: that could undo what has been done to it since the account
        was read, such as a new password. Nor the ban, which has a service.
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
        """Record that an account was made, or which of its fields were changed; values are kept of
        its name alone."""
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
    """Refuse changes of fields that pages show read-only, and that were posted all the same.

    :param account: as it was before; one that is only being made, as it is to be.
    """
    if account == actor and BAN in changed:
        raise PermissionDenied
    if reaches_everybody(actor):
        return
    reserved = changed & {*PRIVILEGES} if may_manage(actor, account) else changed - {BAN}
    if reserved or not may_act_on(actor, account):
        raise PermissionDenied


def _without_password(fields: Iterable[object]) -> list[object]:
    """The names of fields, some of which may stand together on one line."""
    lines = [
        [name for name in line if name != "password"] if isinstance(line, list | tuple) else line
        for line in fields
    ]
    return [line for line in lines if line and line != "password"]
