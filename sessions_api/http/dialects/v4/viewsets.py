"""The endpoints of v4: as v5, with one set of paths for oneself and for staff."""

from typing import Any

from rest_framework import serializers

from sessions_api.http.dialects import base
from sessions_api.http.fields import IdsField
from sessions_api.http.viewsets import login
from sessions_api.http.viewsets.owners import OwnedByCallerOrAnybody
from sessions_api.http.viewsets.parsing import flag
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions
from sessions_api.models import UserSession
from sessions_api.ratelimits import rates


class IdsInput(serializers.Serializer):
    """Clients of 4.0 say ``sids``."""

    ids = IdsField(alias="sids")


class LoginViewSet(login.LoginViewSet):
    dialect = "v4"
    policies = {"create": base.login_policy(rates.OLDER_LOGIN)}
    remember_input_class = base.RememberInput
    password_input_class = base.LoginInput
    lifetime = base.DAY
    remembered_lifetime = base.TEN_YEARS
    name_headers = base.OLDER_NAME_HEADERS


class SessionViewSet(OwnedByCallerOrAnybody, Sessions):
    policies = base.OWN_POLICIES
    staff_policies = base.STAFF_POLICIES
    current_alias = "me"
    ids_input_class = IdsInput

    def spares_current(self) -> bool:
        return not flag(self.request, "include-self", "includeSelf")

    def render_session(self, session: UserSession) -> dict[str, Any]:
        return {
            "id": session.sid,
            "exp": base.unix_seconds(session.expires_at),
            "name": session.name,
        }

    def render_item(self, session: UserSession) -> dict[str, Any]:
        return {"id": session.sid, "name": session.name}

    def render_ended(self) -> dict[str, Any]:
        return base.SESSION_ENDED

    def render_ended_many(self, count: int) -> dict[str, Any]:
        return base.sessions_ended(count)
