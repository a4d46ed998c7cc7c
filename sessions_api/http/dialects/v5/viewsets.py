"""The endpoints of v5 and their policies."""

from dataclasses import replace

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY
from sessions_api.accounts.privileges import FLIP_KILL_SWITCHES, VIEW_KILL_SWITCHES
from sessions_api.exceptions import InvalidUser, SecondFactorChallengeRequired
from sessions_api.http.dialects import base
from sessions_api.http.dialects.shapes import SESSION_ENDED, SESSIONS_ENDED
from sessions_api.http.dialects.v5 import serializers, shapes
from sessions_api.http.policy import Audience, OwnRate, Policy
from sessions_api.http.viewsets import killswitches, login
from sessions_api.http.viewsets.owners import OwnedByAnybody, OwnedByCaller
from sessions_api.http.viewsets.parsing import flag
from sessions_api.http.viewsets.scoped_sessions import ScopedSessionCreation
from sessions_api.http.viewsets.sessions import SessionViewSet
from sessions_api.ratelimits import rates
from sessions_api.scopes import Scope
from sessions_api.services.lifetimes import DAY, TEN_YEARS

DIALECT = "v5"


class LoginViewSet(login.LoginViewSet):
    dialect = DIALECT
    policies = {
        "create": base.login_policy(rates.LOGIN, InvalidUser, SecondFactorChallengeRequired),
    }
    remember_input_class = base.RememberInput
    password_input_class = base.LoginInput
    lifetime = DAY
    remembered_lifetime = TEN_YEARS


class SessionForm(SessionViewSet):
    """The wire form of sessions in v5."""

    dialect = DIALECT
    ids_input_class = base.IdsInput
    session_shape = shapes.SESSION
    list_shape = shapes.SESSION_LIST
    ended_shape = SESSION_ENDED
    ended_many_shape = SESSIONS_ENDED


SWITCHES = Policy(
    audience=Audience.STAFF,
    permission=VIEW_KILL_SWITCHES,
    scope=Scope.STAFF_MODIFY_KILLSWITCHES,
)
FLIP = replace(SWITCHES, permission=FLIP_KILL_SWITCHES, reverification=True)


class OwnSessionViewSet(SessionForm, ScopedSessionCreation, OwnedByCaller):
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
    scoped_shape = shapes.SCOPED_SESSION
    current_alias = "me"
    lifetime = DAY
    long_lifetime = TEN_YEARS

    def keeps_current(self) -> bool:
        return not flag(self.request, "include-self", "includeSelf")


class StaffSessionViewSet(SessionForm, OwnedByAnybody):
    policies = base.STAFF_POLICIES

    def keeps_current(self) -> bool:
        return False


class KillSwitchViewSet(killswitches.KillSwitchViewSet):
    dialect = DIALECT
    policies = {
        "list": SWITCHES,
        "update": FLIP,
        "destroy": FLIP,
        "destroy_all": FLIP,
    }
