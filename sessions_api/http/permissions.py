"""Permissions for a host's plain DRF views: scopes and kill switches.

A view lists them in its ``permission_classes``, alone or composed with others by ``&``, ``|`` and
``~``. Viewsets of this app declare a :class:`~sessions_api.http.policy.Policy` instead.
"""

import functools
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

from rest_framework.exceptions import APIException, ErrorDetail
from rest_framework.permissions import AND, NOT, OR, BasePermission
from rest_framework.request import Request

from killswitches.gate import enabled_mask, first_enabled
from killswitches.registry import Switch
from sessions_api.accounts.lookup import is_staff
from sessions_api.exceptions import InsufficientPermissions, ServiceUnavailable
from sessions_api.models import UserSession
from sessions_api.scopes import STAFF_SCOPES, Scope

if TYPE_CHECKING:
    # It imports the default authentication and permissions, which may be defined here.
    from rest_framework.views import APIView


class SwitchNumber(int):
    """A switch's number within an error's ``detail``, in which DRF wants a code of each value."""

    code = ServiceUnavailable.code


class SwitchIsOn(APIException):
    """A kill switch closes the view: 503. The host's exception handler renders it.

    Its ``detail`` holds the message and, as ``feature``, the switch's number.

    :param switch: the switch that is on.
    """

    status_code = 503
    default_detail = ServiceUnavailable.message
    default_code = ServiceUnavailable.code

    def __init__(self, switch: Switch) -> None:
        super().__init__()
        self.switch = switch
        self.detail = {
            "detail": ErrorDetail(self.default_detail, self.default_code),
            # The stubs know texts alone, as which clients would have to parse it.
            "feature": SwitchNumber(switch.number),  # type: ignore[dict-item]
        }


class ScopePermission(BasePermission):
    """The base of what :func:`HasScope` returns."""

    scope: ClassVar[Scope]
    message = InsufficientPermissions.message
    code = InsufficientPermissions.code

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return self.has_scope(request)

    def has_object_permission(self, request: Request, view: "APIView", obj: object) -> bool:
        return self.has_scope(request)

    @classmethod
    def asks_more(cls) -> bool:
        """Return whether this is a subclass that decides by more than the scope."""
        own = (cls.has_permission, cls.has_object_permission)
        return own != (ScopePermission.has_permission, ScopePermission.has_object_permission)

    def has_scope(self, request: Request) -> bool:
        user, session = request.user, request.auth
        if not (user and user.is_authenticated):
            return False
        scope = self.scope if is_staff(user) else self.scope & ~STAFF_SCOPES
        if not scope:
            return False
        return session.allows(scope) if isinstance(session, UserSession) else True


class SwitchesPermission(BasePermission):
    """The base of what :func:`SwitchesAreOff` returns."""

    switches: ClassVar[tuple[Switch, ...]]

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return True if all switches are off, or the caller is staff.

        The state of the switches is taken from the session, which was read together with it; a
        caller without one costs a query.

        :raises SwitchIsOn: DRF would make 403 of False.
        """
        user = request.user
        if user and user.is_authenticated and is_staff(user):
            return True
        mask = getattr(request.auth, "switch_mask", None)
        if switch := first_enabled(enabled_mask() if mask is None else mask, self.switches):
            raise SwitchIsOn(switch) from ServiceUnavailable(feature=switch.number)
        return True


def HasScope(scope: Scope) -> type[ScopePermission]:  # noqa: N802 (reads as DRF's classes do)
    """Return a permission class that opens a view to the scoped sessions that have a scope.

    Full sessions pass, and so do users who were authenticated in another way. A scope for staff is
    worth nothing to users who are no staff. Nobody passes without authentication.

    :param scope: the scope; of several (``Scope.FILE_READ | Scope.FILE_MODIFY``), one is enough.
    :raises ValueError: it is no scope.
    """
    if not Scope(scope):
        raise ValueError("HasScope() needs a scope.")
    return type("HasScope", (ScopePermission,), {"scope": Scope(scope), "__module__": __name__})


def SwitchesAreOff(*switches: Switch) -> type[SwitchesPermission]:  # noqa: N802
    """Return a permission class that closes a view while GLOBAL or one of ``switches`` is on.

    The response is 503 with the number of the switch. Staff pass, as they do in the API.

    :raises TypeError: one of them is no switch. While all switches are off, nobody would notice.
    """
    if wrong := [switch for switch in switches if not isinstance(switch, Switch)]:
        raise TypeError(f"SwitchesAreOff() needs switches, not {wrong[0]!r}.")
    attributes = {"switches": switches, "__module__": __name__}
    return type("SwitchesAreOff", (SwitchesPermission,), attributes)


def admits_scoped_session(permissions: Sequence[object], request: Request) -> bool:
    """Return whether a view's permissions may let the scoped session of a request in.

    They may if a scope that the session has is part of every way through them. So
    ``HasScope(A) | IsAdminUser`` admits a session with the scope, but no other one merely because
    its user is staff. Every permission that this function does not know, ``~`` included, counts as
    a way without a scope.

    :param permissions: what ``get_permissions()`` of the view has returned.
    :param request: a request whose user and session are set.
    """
    ways = [_way(permission, request) for permission in permissions]
    return bool(ways) and functools.reduce(_both, ways).needs_scope


def switches_of(permissions: Iterable[object]) -> set[Switch]:
    """Return the switches that :func:`SwitchesAreOff` names in permissions, composed or not."""
    named: set[Switch] = set()
    for permission in permissions:
        if isinstance(permission, SwitchesPermission):
            named.update(permission.switches)
        elif isinstance(permission, AND | OR | NOT):
            named |= switches_of(vars(permission).values())
    return named


class _Way(IntEnum):
    """How a scoped session gets through a permission. Of two ways, the higher one is easier."""

    NONE = 0
    #: With a scope that the session has, if another permission agrees.
    BESIDES_SCOPE = 1
    #: Without any scope, perhaps.
    WITHOUT_SCOPE = 2
    #: With a scope that the session has, and nothing else.
    BY_SCOPE = 3

    @property
    def needs_scope(self) -> bool:
        return self in (_Way.BESIDES_SCOPE, _Way.BY_SCOPE)


def _both(one: _Way, other: _Way) -> _Way:
    if _Way.NONE in (one, other):
        return _Way.NONE
    return one if one is other else _Way.BESIDES_SCOPE


def _way(permission: object, request: Request) -> _Way:
    if isinstance(permission, ScopePermission):
        if not permission.has_scope(request):
            return _Way.NONE
        return _Way.BESIDES_SCOPE if permission.asks_more() else _Way.BY_SCOPE
    if isinstance(permission, AND | OR):
        # Its attributes are the operands, whatever they are called.
        ways = [_way(operand, request) for operand in vars(permission).values()]
        return functools.reduce(_both if isinstance(permission, AND) else max, ways)
    return _Way.WITHOUT_SCOPE
