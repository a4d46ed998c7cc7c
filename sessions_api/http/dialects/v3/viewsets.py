"""The endpoints of v3 and their policies."""

from datetime import timedelta

from sessions_api.adapter import LoginName
from sessions_api.exceptions import ApiError, SessionMissing
from sessions_api.http.dialects import base
from sessions_api.http.dialects.shapes import SESSIONS_ENDED_IN_V3
from sessions_api.http.dialects.v3 import shapes
from sessions_api.http.dialects.v3.errors import render_error
from sessions_api.http.fields import InputField, TextField
from sessions_api.http.viewsets.login import LoginViewSet
from sessions_api.http.viewsets.owners import OwnedByAnybody, OwnedByCaller
from sessions_api.http.viewsets.parsing import flag
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions
from sessions_api.ratelimits import rates
from sessions_api.services.lifetimes import TEN_YEARS


class LoginInput(base.RememberInput):
    """Input of a login. Clients since 2.1 send ``username`` and ``password``."""

    user = TextField(source="username", alias="username")

    def get_fields(self) -> dict[str, InputField]:
        # "pass" is a Python keyword, so it cannot be declared as an attribute.
        password = TextField(source="password", alias="password", trim_whitespace=False)
        return super().get_fields() | {"pass": password}


class SessionForm(Sessions):
    """The wire form of sessions in v3."""

    dialect = "v3"
    ids_input_class = base.SessionsInput
    session_shape = shapes.SESSION
    list_shape = shapes.SESSION_LIST
    ended_shape = shapes.SESSION_ENDED
    ended_many_shape = SESSIONS_ENDED_IN_V3

    def render_error(self, error: ApiError) -> dict[str, object]:
        return render_error(error)


class CurrentSessionViewSet(SessionForm, OwnedByCaller, LoginViewSet):
    """``/user/session``: log in, and show the current session."""

    policies = {
        "create": base.login_policy(rates.OLDER_LOGIN),
        "retrieve_current": base.READ,
    }
    remember_input_class = base.RememberInput
    password_input_class = LoginInput
    login_name = LoginName.EITHER
    lifetime = timedelta(days=30)
    remembered_lifetime = TEN_YEARS
    name_headers = base.OLDER_NAME_HEADERS


class OwnSessionViewSet(SessionForm, OwnedByCaller):
    policies = base.OWN_POLICIES

    def keeps_current(self) -> bool:
        # An example in the documentation of v3 uses the second spelling.
        return flag(self.request, "allButSelf", "allbutSelf")

    def not_found(self) -> ApiError:
        return super().not_found() if self.action == "retrieve" else SessionMissing()


class StaffSessionViewSet(SessionForm, OwnedByAnybody):
    policies = base.STAFF_POLICIES

    def keeps_current(self) -> bool:
        return False

    def not_found(self) -> ApiError:
        return SessionMissing()
