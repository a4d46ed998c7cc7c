"""Protecting groups in the admin, because their members have their permissions."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.powers import changes, granted_by
from sessions_api.accounts.privileges import is_unrestricted
from sessions_api.admin.guards import recheck_permissions
from sessions_api.admin.stale import StalePageMixin
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record


class GroupPrivilegesMixin(StalePageMixin):
    """Mixed into the ``ModelAdmin`` of Django's groups.

    Only superusers may add, change and delete groups, because staff who could change their own
    group could give themselves any permission. Others with the permissions may view groups. All
    changes are audited.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Require a superuser as well."""
        return super().has_add_permission(request) and is_unrestricted(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Require a superuser as well."""
        return super().has_change_permission(request, obj) and is_unrestricted(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Require a superuser as well."""
        return super().has_delete_permission(request, obj) and is_unrestricted(request.user)

    def save_related(
        self, request: HttpRequest, form: "ModelForm[Group]", formsets: object, change: bool
    ) -> None:
        """Save the permissions of a group, and record the changes."""
        group: Group = form.instance
        with transaction.atomic():
            recheck_permissions(self, request, *(["change", group] if change else ["add"]))
            before = granted_by(group)
            super().save_related(request, form, formsets, change)
            changed: dict[str, object] = dict(changes(before, granted_by(group)))
            if change and "name" in form.changed_data:
                changed["renamed_from"] = form.initial["name"]
            if change and not changed:
                return
            kind = AuditEvent.Kind.GROUP_CHANGED if change else AuditEvent.Kind.GROUP_CREATED
            record(kind, Actor.of(request), group=group.name, **changed)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Delete a group, and record what its members lose."""
        with transaction.atomic():
            _record_deletion(self, request, [obj])
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """Delete groups, and record what their members lose."""
        with transaction.atomic():
            _record_deletion(self, request, list(queryset))
            super().delete_queryset(request, queryset)


def _record_deletion(model_admin: ModelAdmin, request: HttpRequest, groups: list[Group]) -> None:
    recheck_permissions(model_admin, request, "delete", *groups)
    accounts = get_user_model()._base_manager
    have_groups = hasattr(get_user_model(), "groups")
    for group in groups:
        members = accounts.filter(groups=group).count() if have_groups else 0
        record(
            AuditEvent.Kind.GROUP_DELETED,
            Actor.of(request),
            group=group.name,
            permissions={"removed": sorted(granted_by(group)["permissions"])},
            members=members,
        )
