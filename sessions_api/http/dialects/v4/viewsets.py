"""The endpoints of v4 and their policies."""

from rest_framework import serializers

from sessions_api.http.dialects import base
from sessions_api.http.dialects.shapes import SESSION_ENDED, SESSIONS_ENDED
from sessions_api.http.dialects.v4 import shapes
from sessions_api.http.fields import IdsField
from sessions_api.http.viewsets import login
from sessions_api.http.viewsets.owners import OwnedByCallerOrAnybody
from sessions_api.http.viewsets.parsing import flag
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions
from sessions_api.ratelimits import rates
from sessions_api.services.lifetimes import DAY, TEN_YEARS

DIALECT = "v4"


class IdsInput(serializers.Serializer[None]):
    """Input with session ids. Clients of 4.0 send them as ``sids``."""

    ids = IdsField(alias="sids")


class LoginViewSet(login.LoginViewSet):
    dialect = DIALECT
    policies = {"create": base.login_policy(rates.OLDER_LOGIN)}
    remember_input_class = base.RememberInput
    password_input_class = base.LoginInput
    lifetime = DAY
    remembered_lifetime = TEN_YEARS
    name_headers = base.OLDER_NAME_HEADERS


class SessionViewSet(OwnedByCallerOrAnybody, Sessions):
    dialect = DIALECT
    policies = base.OWN_POLICIES
    staff_policies = base.STAFF_POLICIES
    current_alias = "me"
    ids_input_class = IdsInput
    session_shape = shapes.SESSION
    list_shape = shapes.SESSION_LIST
    ended_shape = SESSION_ENDED
    ended_many_shape = SESSIONS_ENDED

    def keeps_current(self) -> bool:
        return not flag(self.request, "include-self", "includeSelf")
