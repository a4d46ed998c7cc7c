"""Caches on the fast path admit nobody: every change takes effect on the next request."""

import functools
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import get_user_model
from django.db import connections

from killswitches.conditions.switches_on import NONE_ON
from killswitches.prepared import Placeholder
from killswitches.registry import ACCOUNT_MODIFY, GLOBAL
from killswitches.testing import switched_on
from sessions_api.conf import api_settings
from sessions_api.exceptions import InvalidSession
from sessions_api.fastpath import live_sessions
from sessions_api.http.authentication import find_session
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from sessions_api.testing import frozen_clock
from sessions_api.tokens import sessions as tokens
from sessions_api.tokens.sessions import (
    KeyRingBackend,
    StepToken,
    read_session_token,
    read_step_token,
)
from tests.api import Login
from tests.cumulonimbus.processes import production_environment, setting
from tests.sessions_api.tokens.signing import claims_of, pem, public_pem, ring, sign

pytestmark = pytest.mark.django_db

OWN = "/users/me/sessions"


def status(login: Login, method: str = "GET", path: str = f"{OWN}/me") -> int:
    code: int = login.api(method, path).status_code
    return code


@pytest.fixture(autouse=True)
def verify() -> Iterator[mock.Mock]:
    """Record the calls that verify a signature."""
    with mock.patch.object(
        KeyRingBackend, "decode", autospec=True, side_effect=KeyRingBackend.decode
    ) as decode:
        yield decode


@pytest.fixture
def warm(me: Login) -> Login:
    """Ann, logged in, with a cached token and a recorded last use."""
    assert [status(me), status(me)] == [200, 200]
    return me


def test_a_signature_is_verified_once(warm: Login, verify: mock.Mock) -> None:
    assert verify.call_count == 1


class TestNextRequest:
    def test_a_session_that_was_ended_is_refused_at_once(self, warm: Login) -> None:
        end_sessions(UserSession.objects.filter(pk=warm.session.pk), actor=Actor(name="the test"))
        assert status(warm) == 401

    def test_a_session_that_has_expired_is_refused_at_once(self, warm: Login) -> None:
        UserSession.objects.update(expires_at=datetime.now(UTC) - timedelta(microseconds=1))
        assert status(warm) == 401

    def test_a_token_that_has_expired_is_refused_at_once(self, warm: Login) -> None:
        exp = claims_of(warm)["exp"]
        UserSession.objects.update(expires_at=datetime.fromtimestamp(exp + 1000, UTC))
        for now, expected in ((exp - 0.001, 200), (exp, 401)):
            with frozen_clock(datetime.fromtimestamp(now, UTC)):
                assert status(warm) == expected

    def test_a_ban_and_its_end_take_effect_at_once(self, warm: Login) -> None:
        users = get_user_model().objects.filter(pk=warm.user.pk)
        for active, expected in ((False, 403), (True, 200)):
            users.update(is_active=active)
            assert status(warm) == expected

    def test_a_deleted_account_is_refused_at_once(self, warm: Login) -> None:
        warm.user.delete()
        assert status(warm) == 401

    def test_a_flip_takes_effect_at_once(self, warm: Login) -> None:
        with switched_on(GLOBAL):
            assert status(warm) == 503
        assert status(warm) == 200
        with switched_on(ACCOUNT_MODIFY):
            assert status(warm) == 200
            assert status(warm, "DELETE") == 503

    def test_a_demotion_takes_effect_at_once(self, boss: Login) -> None:
        path = f"/users/{boss.user.pk}/sessions"
        with switched_on(GLOBAL):
            for is_staff, expected in ((True, 200), (False, 503), (True, 200)):
                get_user_model().objects.update(is_staff=is_staff)
                assert status(boss, path=path) == expected
        get_user_model().objects.update(is_staff=False)
        assert status(boss, path=path) == 403

    def test_a_removed_scope_takes_effect_at_once(self, warm: Login) -> None:
        for scope, expected in ((Scope.SESSION_READ, 200), (Scope.FILE_READ, 403)):
            UserSession.objects.update(permission_flags=scope)
            assert status(warm) == expected

    def test_a_session_id_reused_by_another_login_is_refused_at_once(self, warm: Login) -> None:
        UserSession.objects.update(jti=uuid.uuid4())
        assert status(warm) == 401

    def test_a_session_moved_to_another_user_is_refused_at_once(
        self, warm: Login, bob: Any
    ) -> None:
        UserSession.objects.update(user=bob)
        assert status(warm) == 401

    def test_a_key_rotation_takes_effect_at_once(self, ann: Any, log_in: Any) -> None:
        old, new = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        with ring(pem(old)):
            login = log_in(ann)
            assert status(login) == 200
        with ring(pem(new), public_pem(old.public_key())):
            assert status(login) == 200
        with ring(pem(new)):
            assert status(login) == 401

    def test_another_issuer_takes_effect_at_once(
        self, warm: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changed = replace(api_settings(), ISSUER="another")
        # Not by changing the setting, which would also reload the keys.
        with monkeypatch.context() as patch:
            patch.setattr(tokens, "api_settings", lambda: changed)
            assert status(warm) == 401
        assert status(warm) == 200


class TestCachedTokens:
    @pytest.mark.parametrize(
        "change",
        [
            lambda token: f"{token[:-4]}AAAA",
            lambda token: f"{token}A",
            lambda token: f"{token}=",
            lambda token: token.rpartition(".")[0],
            lambda token: f"{token.rpartition('.')[0]}.",
            lambda token: f"{token} ",
            lambda token: token.swapcase(),
        ],
    )
    def test_a_token_similar_to_a_cached_one_is_refused(
        self, warm: Login, change: Callable[[str], str]
    ) -> None:
        for _ in range(2):
            with pytest.raises(InvalidSession):
                read_session_token(change(warm.token))

    def test_tokens_of_another_type_are_not_cached(self, warm: Login) -> None:
        expires_at = datetime.now(UTC) + timedelta(minutes=5)
        step = StepToken(str(warm.user.pk), "login", {}, expires_at).issue()
        for _ in range(2):
            assert read_step_token(step).purpose == "login"
            with pytest.raises(InvalidSession):
                read_session_token(step)
            with pytest.raises(InvalidSession):
                read_step_token(warm.token)

    def test_their_number_is_limited(self, me: Login, monkeypatch: pytest.MonkeyPatch) -> None:
        bound = tokens._verified_session.cache_info().maxsize
        assert bound == tokens.MAX_CACHED_TOKENS == 10_000
        small = functools.lru_cache(maxsize=3)(tokens._verified_session.__wrapped__)
        monkeypatch.setattr(tokens, "_verified_session", small)
        raw = [sign(claims_of(me) | {"name": str(number)}) for number in range(5)]
        assert {read_session_token(one).jti for one in raw * 2} == {me.session.jti}
        assert small.cache_info().currsize == 3

    def test_the_statement_does_not_depend_on_when_it_was_built(self, warm: Login) -> None:
        parameters = live_sessions._reading("default").statement.parameters
        # Those of the mask of kill switches. psycopg has its own integer types.
        constants = [one for one in parameters if not isinstance(one, Placeholder)]
        assert all(isinstance(one, int) for one in constants), constants
        assert len(parameters) - len(constants) == 4


class TestFoundSessions:
    def test_the_owner_is_loaded_completely(
        self, warm: Login, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            session = find_session(warm.token)
            assert session == warm.session
            assert type(session.user) is type(warm.user)
            assert session.user == warm.user
            assert session.user.check_password("x") is False
        assert session.get_deferred_fields() == session.user.get_deferred_fields() == set()
        assert not session._state.adding
        for one, other in (
            (session, UserSession.objects.get()),
            (session.user, get_user_model().objects.get()),
        ):
            for field in one._meta.concrete_fields:
                assert getattr(one, field.attname) == getattr(other, field.attname), field

    def test_they_are_read_from_the_database_that_is_written_to(
        self, warm: Login, settings: Any
    ) -> None:
        replica = SimpleNamespace(db_for_read=lambda model, **hints: "replica")
        settings.DATABASE_ROUTERS = [replica]
        assert find_session(warm.token).sid == warm.session.sid


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_mix_up_their_callers(make_user: Any, log_in: Any) -> None:
    logins = [log_in(make_user(f"user{number}"), name=f"Session {number}") for number in range(6)]

    def names(login: Login) -> set[str]:
        try:
            return {login.api("GET", f"{OWN}/me").json()["name"] for _ in range(10)}
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(logins)) as threads:
        assert list(threads.map(names, logins)) == [{login.session.name} for login in logins]


@pytest.mark.parametrize(
    ("environment", "threshold"), [({}, 0), ({"PREPARED_STATEMENTS": "false"}, None)]
)
def test_prepared_statements_can_be_switched_off(
    tmp_path: Path, environment: dict[str, str], threshold: int | None
) -> None:
    found = setting(
        "s.DATABASES['default']['OPTIONS'].get('prepare_threshold')",
        **production_environment(tmp_path)
        | {"DATABASE_URL": "postgres://somebody@localhost/x"}
        | environment,
    )
    assert found == threshold


def test_they_equal_those_of_the_orm(me: Login, other: Login) -> None:
    found, read = find_session(me.token), UserSession.objects.get(pk=me.session.pk)
    state = vars(found).pop("_state")
    assert (state.db, state.adding) == (read._state.db, False)
    theirs = {name: value for name, value in vars(read).items() if name != "_state"}
    assert vars(found) == theirs | {"switches_on": NONE_ON}
    vars(found)["_state"] = state
    assert (found, found.user) == (read, read.user)
    found.name = "renamed"
    found.save()
    assert UserSession.objects.get(name="renamed") == read
