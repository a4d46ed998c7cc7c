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

from killswitches.gate import switches_on
from killswitches.registry import Switch
from sessions_api.accounts.lookup import is_staff
from sessions_api.exceptions import InsufficientPermissions, ServiceUnavailable
from sessions_api.http.switch_callers import RequestCaller
from sessions_api.models import UserSession
from sessions_api.scopes import Scope, staff_mask

if TYPE_CHECKING:
    # It imports the default authentication and permissions, which may be defined here.
    from rest_framework.views import APIView


class SwitchNumber(int):
    """A switch's number in an error's ``detail``, whose values must have a ``code`` for DRF."""

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
            # The stubs only allow text, which clients would have to parse.
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
    def has_more_conditions(cls) -> bool:
        """Return whether this is a subclass with further conditions."""
        own = (cls.has_permission, cls.has_object_permission)
        return own != (ScopePermission.has_permission, ScopePermission.has_object_permission)

    def has_scope(self, request: Request) -> bool:
        user, session = request.user, request.auth
        if not (user and user.is_authenticated):
            return False
        scope = self.scope if is_staff(user) else self.scope & ~staff_mask()
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
        session = request.auth if isinstance(request.auth, UserSession) else None
        found = getattr(session, "switches_on", None)
        found = switches_on() if found is None else found
        if switch := found.closing(self.switches, lambda: RequestCaller(request, user, session)):
            raise SwitchIsOn(switch) from ServiceUnavailable(feature=switch.number)
        return True


def HasScope(scope: Scope) -> type[ScopePermission]:  # noqa: N802 (named like DRF's classes)
    """Return a permission class that opens a view to the scoped sessions that have a scope.

    Full sessions pass, and so do users who were authenticated in another way. A staff scope has no
    effect for users who are not staff. Nobody passes without authentication.

    :param scope: the scope; one of several (``Scope.FILE_READ | Scope.FILE_MODIFY``) is enough.
    :raises ValueError: it is not a scope.
    """
    if not Scope(scope):
        raise ValueError("HasScope() needs a scope.")
    return type("HasScope", (ScopePermission,), {"scope": Scope(scope), "__module__": __name__})


def SwitchesAreOff(*switches: Switch) -> type[SwitchesPermission]:  # noqa: N802
    """Return a permission class that closes a view while GLOBAL or one of ``switches`` is on.

    The response is 503 with the number of the switch. Staff pass, as they do in the API.

    :raises TypeError: one of them is not a switch.
    """
    if wrong := [switch for switch in switches if not isinstance(switch, Switch)]:
        raise TypeError(f"SwitchesAreOff() needs switches, not {wrong[0]!r}.")
    attributes = {"switches": switches, "__module__": __name__}
    return type("SwitchesAreOff", (SwitchesPermission,), attributes)


def admits_scoped_session(permissions: Sequence[object], request: Request) -> bool:
    """Return whether a view's permissions may admit the scoped session of a request.

    They may if every combination that admits it includes a scope that the session has. So
    ``HasScope(A) | IsAdminUser`` admits a session with the scope, but not one without it just
    because its user is staff. Any other permission, including ``~``, counts as one without a scope.

    :param permissions: the result of the view's ``get_permissions()``.
    :param request: a request whose user and session are set.
    """
    ways = [_admission_by(permission, request) for permission in permissions]
    return bool(ways) and functools.reduce(_both, ways).needs_scope


def switches_of(permissions: Iterable[object]) -> set[Switch]:
    """Return the switches of all :func:`SwitchesAreOff` in permissions, composed or not."""
    named: set[Switch] = set()
    for permission in permissions:
        if isinstance(permission, SwitchesPermission):
            named.update(permission.switches)
        elif isinstance(permission, AND | OR | NOT):
            named |= switches_of(vars(permission).values())
    return named


class _Admission(IntEnum):
    """How a permission admits a scoped session. Of two alternatives, the higher value counts."""

    NONE = 0
    #: By a scope of the session, together with another condition.
    BESIDES_SCOPE = 1
    #: Possibly, without a scope.
    WITHOUT_SCOPE = 2
    #: By a scope of the session alone.
    BY_SCOPE = 3

    @property
    def needs_scope(self) -> bool:
        return self in (_Admission.BESIDES_SCOPE, _Admission.BY_SCOPE)


def _both(one: _Admission, other: _Admission) -> _Admission:
    if _Admission.NONE in (one, other):
        return _Admission.NONE
    return one if one is other else _Admission.BESIDES_SCOPE


def _admission_by(permission: object, request: Request) -> _Admission:
    if isinstance(permission, ScopePermission):
        if not permission.has_scope(request):
            return _Admission.NONE
        return _Admission.BESIDES_SCOPE if permission.has_more_conditions() else _Admission.BY_SCOPE
    if isinstance(permission, AND | OR):
        # Its attributes are the operands. Their names are not documented.
        ways = [_admission_by(operand, request) for operand in vars(permission).values()]
        return functools.reduce(_both if isinstance(permission, AND) else max, ways)
    return _Admission.WITHOUT_SCOPE
