"""The mixin for a host's user admin: sessions and history, sign-outs, bans and privileges."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.lookup import all_accounts, lock_all
from sessions_api.accounts.privileges import END_SESSIONS, may
from sessions_api.admin.bulk_sign_outs.confirmation import confirmation_page_for_users
from sessions_api.admin.bulk_sign_outs.criteria import MAX_SELECTED
from sessions_api.admin.guards import inherited_actions, reachable, recheck_permissions
from sessions_api.admin.hijacked.pages import HijackedAccountMixin
from sessions_api.admin.histories import AuditHistoryMixin
from sessions_api.admin.listing.media import STYLES, script
from sessions_api.admin.users.activity import activity_of, live_sessions
from sessions_api.admin.users.ban_pages import BanPagesMixin
from sessions_api.admin.users.bans import BansMixin
from sessions_api.admin.users.deletion import Accounts, Deletion, find_deletion
from sessions_api.admin.users.extensions import Deed
from sessions_api.admin.users.login_limits import LoginLimitsMixin
from sessions_api.admin.users.state import deeds_of, facts_of
from sessions_api.databases.sizes import grouped
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor, event, record_all
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.notices import suppress_notices
from sessions_api.services.sessions import end_sessions

#: The name of Django's action that deletes rows.
DELETE = "delete_selected"


class UserSessionsMixin(
    AuditHistoryMixin, HijackedAccountMixin, BanPagesMixin, LoginLimitsMixin, BansMixin
):
    """Mixed into the ``ModelAdmin`` of a user model that has an ``is_active`` field.

    The page of an account begins with its state and what can be done about it. Its sessions, API
    tokens and history follow, for staff who may view them, and Django's form comes last.

    An admin class with its own actions must include ``*UserSessionsMixin.actions``; its own
    ``change_form_template`` must extend this one.
    """

    actions: Sequence[str] | None = ["ban", "lift_ban", "end_sessions"]

    change_form_template = "admin/sessions_api/user_change_form.html"

    class Media:
        css = {"all": STYLES}
        js = [script("lists")]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, object],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: AbstractBaseUser | None = None,
    ) -> HttpResponse:
        """Render the page, with the state of the account, deeds, sessions and history."""
        if obj is not None:
            # A form with errors has already changed the given one.
            account = all_accounts().filter(pk=obj.pk).first() if request.POST else obj
            context |= self._overview(request, account or obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _overview(self, request: HttpRequest, account: AbstractBaseUser) -> dict[str, object]:
        site = self.admin_site
        live = live_sessions(site, request, account)
        return {
            "facts": list(facts_of(site, request, account, live)),
            "deeds": [*self.own_deeds(request, account), *deeds_of(site, request, account)],
            "activity": list(activity_of(site, request, account, live)),
        }

    def own_deeds(self, request: HttpRequest, account: AbstractBaseUser) -> Iterator[Deed]:
        """Yield links to the pages of this class that the user may use for the account."""
        if self.may_change_ban(request, account):
            if account.is_active:
                yield Deed(gettext("Ban"), self.page_url("ban", account))
            else:
                yield Deed(gettext("Unban"), self.page_url("unban", account))
        if self.may_secure(request, account):
            yield Deed(gettext("Secure a hijacked account"), self.page_url("secure", account))
        if self.may_reset_login_limits(request, account):
            url = self.page_url("reset_login_limits", account)
            yield Deed(gettext("Reset login limits"), url)

    def audit_query(self, row: AbstractBaseUser) -> dict[str, object]:
        """Return the query for events about the account."""
        return {"subject": row.pk}

    def has_end_sessions_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may end sessions, as the action ``end_sessions`` requires."""
        return may(request.user, END_SESSIONS)

    @admin.action(permissions=["end_sessions"], description=_("End all sessions of selected users"))
    def end_sessions(
        self, request: HttpRequest, queryset: QuerySet[AbstractBaseUser]
    ) -> TemplateResponse | None:
        """Ask for confirmation to end their sessions."""
        keys = reachable(request, queryset).order_by().values_list("pk", flat=True)
        return confirmation_page_for_users(self.admin_site, request, list(keys[: MAX_SELECTED + 1]))

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> Any:
        """Return the host's actions, with a limit on Django's deletion of selected accounts."""
        actions: dict[str, Any] = inherited_actions(super().get_actions, request, action_location)
        if known := actions.get(DELETE):
            actions[DELETE] = (
                (_delete_few, *known[1:])
                if isinstance(known, tuple)
                else replace(known, func=_delete_few)
            )
        return actions

    def get_deleted_objects(self, objs: Accounts, request: HttpRequest) -> Deletion:
        """Return what would be deleted, as numbers of rows."""
        return find_deletion(self.admin_site, request, objs)

    def delete_model(self, request: HttpRequest, obj: AbstractBaseUser) -> None:
        """End the sessions of the account, then delete it."""
        with transaction.atomic():
            _record_deletion(self, request, [obj])
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AbstractBaseUser]) -> None:
        """End the sessions of the accounts, then delete them."""
        with transaction.atomic():
            _record_deletion(self, request, queryset)
            super().delete_queryset(request, queryset)


def _delete_few(
    model_admin: ModelAdmin, request: HttpRequest, accounts: QuerySet[AbstractBaseUser]
) -> HttpResponse | None:
    """Delete the accounts after confirmation, unless they are too many for one transaction."""
    if accounts.order_by()[: MAX_SELECTED + 1].count() > MAX_SELECTED:
        text = gettext("Nothing was deleted. Select at most %(count)s.")
        messages.error(request, text % {"count": grouped(MAX_SELECTED)})
        return None
    return delete_selected(model_admin, request, accounts)


def _record_deletion(model_admin: ModelAdmin, request: HttpRequest, accounts: Accounts) -> None:
    """Record the deletion, and end the sessions so that this is audited too."""
    # Locked, because a session that is created now would prevent the deletion of its account.
    held = lock_all([account.pk for account in accounts])
    recheck_permissions(model_admin, request, "delete", None, *held)
    actor = Actor.of(request)
    kind = AuditEvent.Kind.ACCOUNT_DELETED
    record_all(event(kind, actor, subject=account) for account in held)
    # The type checker knows this project's user model only.
    sessions = UserSession.objects.active().filter(user__in=accounts)  # type: ignore[misc]
    # A notice would be deleted with the account.
    with suppress_notices():
        end_sessions(
            sessions,
            actor=actor,
            reason="The account was deleted.",
            cause=EndCause.ACCOUNT_DELETED,
        )
