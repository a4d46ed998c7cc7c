"""The endpoints of a minimal dialect, which shows what adding one takes."""

from typing import Any

from sessions_api.exceptions import ApiError
from sessions_api.http.dialects import base
from sessions_api.http.dialects.shapes import SESSION_ID, SESSION_NAME
from sessions_api.http.fields import TextField
from sessions_api.http.shapes import Shape, constant, page_of
from sessions_api.http.viewsets import login
from sessions_api.http.viewsets.owners import OwnedByCaller
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions
from sessions_api.ratelimits import rates
from sessions_api.services.lifetimes import DAY, TEN_YEARS


def render_error(error: ApiError) -> dict[str, Any]:
    return {"errors": [{"code": error.code, "title": error.message, **error.data}]}


class LoginInput(base.RememberInput):
    name = TextField(source="username")
    secret = TextField(source="password", trim_whitespace=False)


class LoginViewSet(login.LoginViewSet):
    dialect = "fifth"
    policies = {"create": base.login_policy(rates.LOGIN)}
    remember_input_class = base.RememberInput
    password_input_class = LoginInput
    lifetime = DAY
    remembered_lifetime = TEN_YEARS

    def render_error(self, error: ApiError) -> dict[str, Any]:
        return render_error(error)


class SessionViewSet(OwnedByCaller, Sessions):
    policies = {"list": base.READ, "destroy": base.END}
    current_alias = "this"
    list_shape = page_of(Shape(token=SESSION_ID, title=SESSION_NAME))
    ended_shape = Shape(ended=constant(True))

    def render_error(self, error: ApiError) -> dict[str, Any]:
        return render_error(error)
