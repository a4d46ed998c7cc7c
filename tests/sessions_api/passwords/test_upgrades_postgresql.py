"""Upgrades of a hash while others use the account, on PostgreSQL."""

import threading
from collections.abc import Callable

import pytest

from cumulonimbus.models import User
from sessions_api.models import UserSession
from tests.api import OWN_SESSIONS, Api, Login
from tests.cast import PASSWORD
from tests.together import together

pytestmark = [
    pytest.mark.usefixtures("_weaker_hasher"),
    pytest.mark.django_db(transaction=True),
]

LOGINS = 4


@pytest.mark.parametrize("trial", range(5))
def test_no_request_sees_an_upgraded_hash_without_the_marks(login: Login, trial: int) -> None:
    done = threading.Barrier(LOGINS, action=lambda: over.set())
    over = threading.Event()

    def log_in() -> list[int]:
        body = {"username": "ann", "password": PASSWORD}
        status = Api()("POST", "/login", body).status_code
        done.wait(30)
        return [status]

    def ask() -> list[int]:
        statuses = []
        while not over.is_set():
            listed = login.api("GET", OWN_SESSIONS)
            statuses.append(listed.status_code if listed.json().get("count") else 0)
        return statuses

    *logged_in, first, second = together(*[log_in] * LOGINS, ask, ask)
    assert logged_in == [[201]] * LOGINS
    assert set(first + second) <= {200}
    assert User.objects.get(pk=login.user.pk).password.startswith("argon2$")
    assert UserSession.objects.active().count() == LOGINS + 1


@pytest.mark.parametrize("trial", range(5))
def test_ending_all_sessions_includes_those_updated_by_an_upgrade(
    login: Login, log_in: Callable[..., Login], trial: int
) -> None:
    for _ in range(20):
        log_in(login.user)
    sessions = list(UserSession.objects.values_list("pk", flat=True))
    user = User.objects.get(pk=login.user.pk)
    together(
        lambda: user.check_password(PASSWORD),
        lambda: login.api("DELETE", f"{OWN_SESSIONS}/all?include-self=true"),
    )
    assert not UserSession.objects.filter(pk__in=sessions).exists()
