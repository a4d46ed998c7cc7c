"""Viewsets to list, remove and enrol second factors."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request

from sessions_api.accounts.privileges import END_SESSIONS, may
from sessions_api.exceptions import InsufficientPermissions, InvalidSecondFactor
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.shapes import Page, Shape
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.owners import OwnedViewSet
from sessions_api.http.viewsets.parsing import flag, page, parse_id
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import enrolment
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.sessions import end_sessions


class SecondFactorViewSet(OwnedViewSet):
    """Lists, shows and removes second factors.

    Dialects set the shapes of the responses, and an input for ``destroy_many`` that reads ``ids``.
    """

    factor_shape: ClassVar[Shape[SecondFactor]]
    list_shape: ClassVar[Shape[Page[SecondFactor]]]
    removed_shape: ClassVar[Shape[None]]
    removed_many_shape: ClassVar[Shape[int]]

    def list(self, request: Request, **path: str) -> ApiResponse:
        factors = self.factors_of(self.get_owner(**path))
        items = list(factors.order_by("-pk")[page(request)])
        return ApiResponse(self.list_shape.render(Page(factors.count(), items)))

    def retrieve(self, request: Request, factor_id: str, **path: str) -> ApiResponse:
        factors = self.factors_of(self.get_owner(**path))
        factor = factors.filter(pk=parse_id(factor_id)).first()
        if factor is None:
            raise InvalidSecondFactor
        return ApiResponse(self.factor_shape.render(factor))

    def destroy(self, request: Request, factor_id: str, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        if not self.remove(owner, self.factors_of(owner).filter(pk=parse_id(factor_id))):
            raise InvalidSecondFactor
        return ApiResponse(self.removed_shape.render(None))

    def destroy_many(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        ids = [parse_id(str(one)) for one in self.data["ids"]]
        removed = self.remove(owner, self.factors_of(owner).filter(pk__in=filter(None, ids)))
        return ApiResponse(self.removed_many_shape.render(removed))

    def destroy_all(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        removed = self.remove(owner, self.factors_of(owner))
        return ApiResponse(self.removed_many_shape.render(removed))

    def factors_of(self, owner: AbstractBaseUser) -> QuerySet[SecondFactor]:
        return SecondFactor.objects.filter(user_id=owner.pk)

    def remove(self, owner: AbstractBaseUser, factors: QuerySet[SecondFactor]) -> int:
        """Remove factors on behalf of the caller. Return how many this call removed.

        :raises InsufficientPermissions: the session is scoped and the factors are its owner's own,
            which it could remove without reverification; or the request also asks to end the
            sessions of another user, and the caller lacks the permission or scope for that.
        """
        is_own = self.is_own(owner)
        if is_own and self.session.is_scoped:
            raise InsufficientPermissions
        if not is_own and ends_other_sessions(self) and not self._may_end_sessions():
            raise InsufficientPermissions
        with transaction.atomic():
            removed = enrolment.remove_factors(owner, factors, actor=self.actor)
            if removed:
                end_other_sessions(self, owner)
        return len(removed)

    def _may_end_sessions(self) -> bool:
        """Return whether the caller may use the staff endpoints that end sessions."""
        may_by_session = self.session.allows(Scope.STAFF_MODIFY_SESSIONS)
        return may_by_session and may(self.caller, END_SESSIONS)


class EnrolmentViewSet(ApiViewSet):
    """Enrols the caller's own second factors, in two steps, and replaces backup codes.

    Dialects set the inputs of the second step and the shapes of the responses.
    """

    totp_begun_shape: ClassVar[Shape[dict[str, object]]]
    enrolled_shape: ClassVar[Shape[enrolment.Enrolment]]
    new_codes_shape: ClassVar[Shape[Sequence[str]]]

    def begin_totp(self, request: Request) -> ApiResponse:
        return ApiResponse(self.totp_begun_shape.render(enrolment.begin_totp(self.actor)))

    def confirm_totp(self, request: Request) -> ApiResponse:
        return self._confirm(enrolment.confirm_totp)

    def begin_webauthn(self, request: Request) -> ApiResponse:
        return ApiResponse(enrolment.begin_webauthn(self.actor))

    def confirm_webauthn(self, request: Request) -> ApiResponse:
        return self._confirm(enrolment.confirm_webauthn)

    def renew_backup_codes(self, request: Request) -> ApiResponse:
        return ApiResponse(self.new_codes_shape.render(enrolment.new_backup_codes(self.actor)))

    def _confirm(self, confirm: Callable[..., enrolment.Enrolment]) -> ApiResponse:
        with transaction.atomic():
            enrolled = confirm(self.actor, **self.data)
            end_other_sessions(self, self.caller)
        return ApiResponse(self.enrolled_shape.render(enrolled), 201)


def ends_other_sessions(view: ApiViewSet) -> bool:
    """Return whether the request asks to end the owner's other sessions."""
    return flag(view.request, "end-other-sessions")


def end_other_sessions(view: ApiViewSet, owner: AbstractBaseUser) -> None:
    """End the owner's sessions except the current one, if the request asks for it."""
    if ends_other_sessions(view):
        others = UserSession.objects.owned_by(owner).active(owner=owner).exclude(pk=view.session.pk)
        actor = view.actor
        if actor.permissions:
            actor = replace(actor, permissions=(*actor.permissions, END_SESSIONS))
        end_sessions(
            others,
            actor=actor,
            owner=owner,
            reason="Second factors changed",
            cause=EndCause.SECOND_FACTORS,
        )
