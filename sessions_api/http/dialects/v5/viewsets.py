"""The endpoints of v5, each with its policy."""

from dataclasses import replace
from typing import Any, ClassVar

from rest_framework.serializers import Serializer

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY
from sessions_api.accounts.privileges import FLIP_KILL_SWITCHES, VIEW_KILL_SWITCHES
from sessions_api.exceptions import InvalidUser, SecondFactorChallengeRequired
from sessions_api.http.dialects import base
from sessions_api.http.dialects.v5 import serializers
from sessions_api.http.policy import Audience, OwnRate, Policy
from sessions_api.http.viewsets import killswitches, login
from sessions_api.http.viewsets.owners import OwnedByAnybody, OwnedByCaller
from sessions_api.http.viewsets.parsing import flag
from sessions_api.http.viewsets.scoped_sessions import ScopedSessionCreation
from sessions_api.http.viewsets.sessions import SessionViewSet
from sessions_api.models import UserSession
from sessions_api.ratelimits import rates
from sessions_api.scopes import Scope

DIALECT = "v5"


class LoginViewSet(login.LoginViewSet):
    dialect = DIALECT
    policies = {
        "create": base.login_policy(rates.LOGIN, InvalidUser, SecondFactorChallengeRequired),
    }
    remember_input_class = base.RememberInput
    password_input_class = base.LoginInput
    lifetime = base.DAY
    remembered_lifetime = base.TEN_YEARS


class SessionForm:
    """The wire form of sessions in v5."""

    ids_input_class: ClassVar[type[Serializer]] = base.IdsInput

    def render_session(self, session: UserSession) -> dict[str, Any]:
        return serializers.session_detail(session)

    def render_item(self, session: UserSession) -> dict[str, Any]:
        return serializers.session_item(session)

    def render_ended(self) -> dict[str, Any]:
        return base.SESSION_ENDED

    def render_ended_many(self, count: int) -> dict[str, Any]:
        return base.sessions_ended(count)


SWITCHES = Policy(
    audience=Audience.STAFF,
    permission=VIEW_KILL_SWITCHES,
    scope=Scope.STAFF_MODIFY_KILLSWITCHES,
)
FLIP = replace(SWITCHES, permission=FLIP_KILL_SWITCHES, reverification=True)


class OwnSessionViewSet(SessionForm, ScopedSessionCreation, OwnedByCaller, SessionViewSet):
    dialect = DIALECT
    policies = {
        "create": Policy(
            audience=Audience.USERS,
            switches=(ACCOUNT_MODIFY, ACCOUNT_LOGIN),
            own_rate=OwnRate("scoped session", rates.SCOPED_SESSION),
            reverification=True,
        ),
        **base.OWN_POLICIES,
    }
    input_classes = {"create": serializers.ScopedSessionInput}
    current_alias = "me"
    lifetime = base.DAY
    long_lifetime = base.TEN_YEARS

    def spares_current(self) -> bool:
        return not flag(self.request, "include-self", "includeSelf")


class StaffSessionViewSet(SessionForm, OwnedByAnybody, SessionViewSet):
    policies = base.STAFF_POLICIES

    def spares_current(self) -> bool:
        return False


class KillSwitchViewSet(killswitches.KillSwitchViewSet):
    policies = {
        "list": SWITCHES,
        "update": FLIP,
        "destroy": FLIP,
        "destroy_all": FLIP,
    }
