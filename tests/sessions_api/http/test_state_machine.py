"""In any order of events, ended sessions are refused and nobody sees sessions of others."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from tests.api import Api
from tests.cast import PASSWORD

NAMES = ["ann", "bob", "carol"]
LIFETIME = timedelta(hours=24)


class Sessions(RuleBasedStateMachine):
    """The service, compared with a model of valid tokens and banned users."""

    logins = Bundle("logins")

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.live: dict[str, tuple[str, int]] = {}
        self.dead: set[str] = set()
        self.banned: set[str] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def people(self) -> None:
        from django.contrib.auth import get_user_model

        users = get_user_model().objects
        self.users: dict[str, Any] = {
            name: users.create_user(name, password=PASSWORD) for name in NAMES
        }

    @rule(target=logins, name=st.sampled_from(NAMES))
    def log_in(self, name: str) -> tuple[str, str] | None:
        response = Api()("POST", "/login", {"username": name, "password": PASSWORD})
        if name in self.banned:
            assert response.status_code == 403
            return None
        token = response.json()["token"]
        shown = Api(token=token)("GET", "/users/me/sessions/me").json()
        assert shown["id"] <= timezone.now().timestamp()
        self.live[token] = (name, shown["id"])
        return name, token

    @rule(login=logins)
    def use(self, login: tuple[str, str] | None) -> None:
        if login is None:
            return
        name, token = login
        response = Api(token=token)("GET", "/users/me/sessions")
        if token in self.dead:
            assert response.status_code == 401
        elif name in self.banned:
            assert response.status_code == 403
        else:
            own = {sid for owner, sid in self.live.values() if owner == name}
            assert {item["id"] for item in response.json()["items"]} == own

    @rule(login=logins, other=logins)
    def end_one(self, login: tuple[str, str] | None, other: tuple[str, str] | None) -> None:
        if login is None or other is None or other[1] not in self.live:
            return
        (name, token), (_, sid) = login, self.live[other[1]]
        response = Api(token=token)("DELETE", f"/users/me/sessions/{sid}")
        if token in self.dead or name in self.banned:
            assert response.status_code in (401, 403)
            return
        ended = [one for one, session in self.live.items() if session == (name, sid)]
        assert response.status_code == (200 if ended else 404)
        self.die(ended)

    @rule(login=consumes(logins), self_too=st.booleans())
    def end_all(self, login: tuple[str, str] | None, self_too: bool) -> None:
        if login is None or login[1] in self.dead or login[0] in self.banned:
            return
        name, token = login
        query = f"include-self={str(self_too).lower()}"
        response = Api(token=token)("DELETE", f"/users/me/sessions/all?{query}")
        ended = [
            one
            for one, (owner, _) in self.live.items()
            if owner == name and (self_too or one != token)
        ]
        assert response.json()["count"] == len(ended)
        self.die(ended)

    @rule(login=logins)
    def expire(self, login: tuple[str, str] | None) -> None:
        if login is None or login[1] not in self.live:
            return
        name, sid = self.live[login[1]]
        UserSession.objects.filter(user=self.users[name], sid=sid).update(expires_at=timezone.now())
        self.die([login[1]])

    @rule(name=st.sampled_from(NAMES), banned=st.booleans())
    def ban(self, name: str, banned: bool) -> None:
        changed = set_banned(self.users[name], banned, actor=Actor(name="the test"))
        assert changed is ((name in self.banned) is not banned)
        (self.banned.add if banned else self.banned.discard)(name)

    def die(self, tokens: list[str]) -> None:
        for token in tokens:
            del self.live[token]
            self.dead.add(token)

    @invariant()
    def ids_are_unique_for_each_user_and_never_in_the_future(self) -> None:
        rows = list(UserSession.objects.values_list("user_id", "sid"))
        assert len(set(rows)) == len(rows)
        now = timezone.now().timestamp()
        assert all(sid <= now for _, sid in rows)

    @invariant()
    def the_rows_are_those_that_live(self) -> None:
        live = UserSession.objects.active().values_list("user__username", "sid")
        assert sorted(live) == sorted(self.live.values())


@pytest.mark.django_db
def test_any_order_of_events() -> None:
    run_state_machine_as_test(
        Sessions,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
