"""Viewsets that show accounts, list them and ban them."""

from datetime import datetime
from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework.request import Request

from sessions_api.accounts.privileges import may_ban
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.fastpath.live_sessions import FurtherColumn
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.shapes import Page
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.owners import OwnedByAnybody
from sessions_api.http.viewsets.parsing import page
from sessions_api.services.bans import ban_of, change_ban
from sessions_api.services.second_factors import second_factors
from sessions_api.users.rendering import ShownAccount, account_renderer


class AccountViewSet(ApiViewSet):
    """Base class of viewsets whose responses are Users."""

    def show(self, account: AbstractBaseUser, backup_code_used_at: datetime | None) -> ApiResponse:
        """Return the response with an account as a User."""
        renderer = account_renderer()
        shown = ShownAccount(
            account,
            domain=renderer.domain(self.request),
            ban=ban_of(account),
            backup_code_used_at=backup_code_used_at,
        )
        return ApiResponse(renderer.shape.render(shown))


class OwnAccountViewSet(AccountViewSet):
    """Shows callers their own account, which is read along with their session."""

    @property
    def session_columns(self) -> tuple[FurtherColumn, ...]:
        column = second_factors().backup_code_column
        return (column,) if column else ()

    def retrieve(self, request: Request) -> ApiResponse:
        [used_at] = self.session.further.values() or [None]
        return self.show(self.caller, cast("datetime | None", used_at))


class StaffAccountViewSet(AccountViewSet, OwnedByAnybody):
    """Lists, shows and bans accounts for staff."""

    def list(self, request: Request) -> ApiResponse:
        renderer = account_renderer()
        accounts = renderer.accounts()
        total, wanted = accounts.count(), page(request)
        # Otherwise the database would read all accounts to find an empty page.
        items = accounts[wanted] if wanted.start < total else ()
        return ApiResponse(renderer.list_shape.render(Page(total, items)))

    def retrieve(self, request: Request, uid: str) -> ApiResponse:
        return self._show_to_staff(self.get_owner(uid=uid))

    def ban(self, request: Request, uid: str) -> ApiResponse:
        return self._change_ban(uid, True, reason=self.data["reason"])

    def lift_ban(self, request: Request, uid: str) -> ApiResponse:
        return self._change_ban(uid, False)

    def _change_ban(self, uid: str, banned: bool, *, reason: str = "") -> ApiResponse:
        account = self.get_owner(uid=uid)
        if not may_ban(self.caller, account):
            raise InsufficientPermissions
        return self._show_to_staff(change_ban(account, banned, actor=self.actor, reason=reason))

    def _show_to_staff(self, account: AbstractBaseUser) -> ApiResponse:
        return self.show(account, second_factors().backup_code_used_at(account))
