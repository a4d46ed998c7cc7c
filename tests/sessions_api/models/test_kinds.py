"""The kind of a session: once for a session that has been read, and once in SQL."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.models import SessionKind, UserSession
from sessions_api.scopes import Scope
from tests.api import Api, Login

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_of_each(ann: Any, log_in: Callable[..., Login]) -> dict[SessionKind, Login]:
    logins = {
        SessionKind.FULL: log_in(ann),
        SessionKind.SCOPED: log_in(ann, permission_flags=Scope.FILE_READ),
        SessionKind.CONSOLE: log_in(ann),
    }
    logins[SessionKind.CONSOLE].session.jti = None
    logins[SessionKind.CONSOLE].session.save(update_fields=["jti"])
    return logins


def test_the_row_and_the_condition_agree(one_of_each: dict[SessionKind, Login]) -> None:
    for kind, login in one_of_each.items():
        session = UserSession.objects.get(kind.condition)
        assert session.pk == login.session.pk
        assert session.kind is kind


def test_no_token_opens_a_session_of_the_console(one_of_each: dict[SessionKind, Login]) -> None:
    own = {
        kind: Api(token=login.token)("GET", "/users/me/sessions/me").status_code
        for kind, login in one_of_each.items()
    }
    assert own == {SessionKind.FULL: 200, SessionKind.SCOPED: 403, SessionKind.CONSOLE: 401}
