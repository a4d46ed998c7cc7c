"""The hooks of the adapter, in every dialect that has them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import override_settings

from sessions_api.adapter import Adapter, LoginName, adapter
from sessions_api.exceptions import Banned, InsufficientPermissions, RateLimited
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.testing import log_in as log_in_for_tests
from tests.adapters import SCRIPTED, Scripted
from tests.api import CHROME, HOME, Api, Login
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.spellings import V3, V4, V5, WITH_LOGIN, Dialect
from tests.sessions_api.second_factors.challenges import by_code

pytestmark = pytest.mark.django_db

each_dialect = pytest.mark.parametrize("dialect", WITH_LOGIN, ids=str)
HOUR = timedelta(hours=1)
SCOPED = {"name": "A script", "permissionFlags": 32, "password": PASSWORD}

Override = Callable[..., None]


@pytest.fixture
def override(settings: Any) -> Iterator[Override]:
    """A function that overrides hooks."""
    settings.SESSIONS_API = settings.SESSIONS_API | {"ADAPTER": SCRIPTED}
    with Scripted.scripted():
        yield Scripted.does.update


def changed(**changes: Any) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changes)


def outcome(dialect: Dialect, *credentials: str) -> tuple[int, str | None]:
    answer = dialect.log_in(dialect.api(), *credentials)
    return answer.status_code, answer.json().get("code")


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


class TestSetting:
    def test_the_default(self) -> None:
        assert type(adapter()) is Adapter
        assert adapter() is adapter()

    def test_another_one(self) -> None:
        with changed(ADAPTER=SCRIPTED):
            assert type(adapter()) is Scripted
        assert type(adapter()) is Adapter

    @pytest.mark.parametrize(
        "path", ["nowhere.Adapter", "datetime.date", "datetime.nowhere", "", None]
    )
    def test_a_wrong_one(self, path: Any) -> None:
        with changed(ADAPTER=path), pytest.raises(ImproperlyConfigured, match="ADAPTER names"):
            adapter()


class TestFindAccount:
    @pytest.mark.parametrize(
        ("dialect", "by"),
        [(V3, LoginName.EITHER), (V4, LoginName.USERNAME), (V5, LoginName.USERNAME)],
        ids=["v3", "v4", "v5"],
    )
    def test_what_it_is_asked(
        self, dialect: Dialect, by: LoginName, ann: Any, override: Override
    ) -> None:
        asked: list[Any] = []

        def find(*question: Any) -> Any:
            asked.append(question)
            return ann

        override(find_account=find)
        assert outcome(dialect, " whoever ", PASSWORD) == (201, None)
        assert asked == [("whoever", by)]

    @each_dialect
    @pytest.mark.parametrize(
        ("by", "found"),
        [
            (LoginName.USERNAME, {"ann"}),
            (LoginName.EMAIL, {"Ann@Example.com"}),
            (LoginName.EITHER, {"ann", "Ann@Example.com"}),
        ],
    )
    def test_by_username_or_email(
        self, dialect: Dialect, by: LoginName, found: set[str], ann: Any, override: Override
    ) -> None:
        override(find_account=lambda name, usual: Adapter().find_account(name, by))
        for name in ("ann", "Ann@Example.com"):
            expected = (201, None) if name in found else (404, "INVALID_USER_ERROR")
            assert outcome(dialect, name, PASSWORD) == expected


class TestAuthenticate:
    @each_dialect
    def test_a_password_from_elsewhere(
        self, dialect: Dialect, ann: Any, override: Override, hashes: list[str]
    ) -> None:
        override(
            authenticate=lambda name, password, account, request: (
                account if password == "pin" else None
            )
        )
        assert outcome(dialect, "ann", "pin") == (201, None)
        assert outcome(dialect, "ann", PASSWORD) == (401, "INVALID_PASSWORD_ERROR")
        assert hashes == []

    def test_an_error_of_the_api_is_the_answer(self, ann: Any, override: Override) -> None:
        def authenticate(*args: Any, **options: Any) -> Any:
            raise RateLimited

        override(authenticate=authenticate)
        assert outcome(V5) == (429, "RATELIMITED_ERROR")
        assert AuditEvent.objects.get().detail == {"code": "RATELIMITED_ERROR"}


class TestCheckLogin:
    @each_dialect
    @pytest.mark.parametrize("refusal", [InsufficientPermissions, Banned])
    def test_a_refusal(
        self, dialect: Dialect, refusal: type[Banned], ann: Any, bob: Any, override: Override
    ) -> None:
        asked: list[Any] = []

        def check(account: Any, **where: Any) -> None:
            asked.append(where)
            if not account.email:
                raise refusal

        override(check_login=check)
        assert outcome(dialect, "ann", PASSWORD) == (201, None)
        answer = dialect.log_in(dialect.api(), "bob")
        assert (answer.status_code, answer.json()) == (403, dialect.error(refusal.code))
        event = AuditEvent.objects.get(kind="login_failed")
        assert (event.subject_id, event.detail) == (bob.pk, {"code": refusal.code})
        assert not UserSession.objects.owned_by(bob).exists()
        for where in asked:
            assert where["dialect"] == dialect.name
            assert (where["client"].address, where["client"].user_agent) == (HOME, CHROME)

    def test_it_is_not_asked_for_wrong_passwords_and_banned_accounts(
        self, ann: Any, carol: Any, override: Override
    ) -> None:
        override(check_login=pytest.fail)
        assert outcome(V5, "ann", "guess")[0] == 401
        assert outcome(V5, "carol", PASSWORD) == (403, "BANNED_ERROR")

    @each_dialect
    def test_before_and_after_a_second_factor(
        self, dialect: Dialect, ann: Any, override: Override, enrol_app: Any
    ) -> None:
        app = enrol_app(ann)
        asked: list[Any] = []

        def check(account: Any, **where: Any) -> None:
            asked.append(account)
            if len(asked) > 1:
                raise InsufficientPermissions

        override(check_login=check)
        challenge = dialect.log_in(dialect.api()).json()
        body = by_code(challenge, app.next_code())
        answer = dialect.api()("POST", dialect.login_path, body)
        assert answer.json() == dialect.error("INSUFFICIENT_PERMISSIONS_ERROR")
        assert asked == [ann, ann]
        assert not UserSession.objects.exists()
        assert AuditEvent.objects.filter(kind="login_failed").count() == 1
        # Whoever may not log in gets no challenge.
        assert outcome(dialect) == (403, "INSUFFICIENT_PERMISSIONS_ERROR")


class TestSessionLifetime:
    @each_dialect
    def test_of_a_login(self, dialect: Dialect, ann: Any, override: Override) -> None:
        asked: list[Any] = []

        def choose(account: Any, lifetime: timedelta, **what: Any) -> timedelta:
            asked.append((account, lifetime, what))
            return lifetime / 2

        override(session_lifetime=choose)
        with changed(LIFETIMES={dialect.name: {"login": 4 * HOUR}}):
            begun = dialect.log_in(dialect.api()).json()
        claims = claims_of(begun["token"])
        assert claims["exp"] - claims["iat"] == 2 * 60 * 60
        assert begun["exp"] == claims["exp"]
        assert asked == [(ann, 4 * HOUR, {"kind": "login", "dialect": dialect.name})]

    def test_of_a_scoped_session(self, me: Login, override: Override) -> None:
        override(session_lifetime=lambda account, lifetime, kind, dialect: HOUR * len(kind))
        for given, kind in ({}, "scoped"), ({"longLived": True}, "long_lived"):
            answer = me.api("POST", "/users/me/sessions", SCOPED | given)
            claims = claims_of(answer.json()["token"])
            assert claims["exp"] - claims["iat"] == len(kind) * 60 * 60

    @each_dialect
    def test_of_a_remembered_login(self, dialect: Dialect, ann: Any, override: Override) -> None:
        asked: list[Any] = []

        def choose(account: Any, lifetime: timedelta, **what: Any) -> timedelta:
            asked.append((lifetime, what))
            return lifetime

        override(session_lifetime=choose)
        with changed(LIFETIMES={dialect.name: {"remembered": 9 * HOUR}}):
            names = [dialect.login_fields[name] for name in ("username", "password")]
            body = dict(zip(names, ("ann", PASSWORD), strict=True))
            dialect.api()("POST", dialect.login_path, body | {"rememberMe": True})
        assert asked == [(9 * HOUR, {"kind": "remembered", "dialect": dialect.name})]

    def test_of_one_that_code_creates(self, ann: Any, override: Override) -> None:
        asked: list[Any] = []

        def choose(account: Any, lifetime: timedelta, **what: Any) -> timedelta:
            asked.append(what)
            return lifetime

        override(session_lifetime=choose)
        log_in_for_tests(ann)
        log_in_for_tests(ann, scopes=Scope.FILE_READ)
        assert asked == [{"kind": kind, "dialect": ""} for kind in ("login", "scoped")]

    def test_the_absolute_lifetime_is_the_limit(self, ann: Any, override: Override) -> None:
        override(session_lifetime=lambda account, lifetime, kind, dialect: 10 * HOUR)
        with changed(ABSOLUTE_LIFETIME=HOUR):
            claims = claims_of(V5.log_in(V5.api()).json()["token"])
        assert claims["exp"] - claims["iat"] == 60 * 60


class TestClaims:
    def test_in_every_token(self, ann: Any, override: Override) -> None:
        def claims(session: UserSession) -> dict[str, object]:
            assert connection.in_atomic_block
            return {"mail": session.user.email, "scoped": session.is_scoped, "roles": ["a", "b"]}

        override(claims=claims)
        token = V5.log_in(V5.api()).json()["token"]
        given = {"mail": "ann@example.com", "scoped": False, "roles": ["a", "b"]}
        assert claims_of(token).items() >= given.items()
        me = Api(token=token)
        assert me("GET", "/users/me/sessions/me").status_code == 200
        scoped = me("POST", "/users/me/sessions", SCOPED).json()["token"]
        assert claims_of(scoped)["scoped"] is True
        assert claims_of(log_in_for_tests(ann).token)["scoped"] is False

    @each_dialect
    def test_those_of_the_token_cannot_be_replaced(
        self, dialect: Dialect, ann: Any, override: Override
    ) -> None:
        """Nor added: a token whose ``nbf`` is in the future would open nothing."""
        usual = claims_of(dialect.log_in(dialect.api()).json()["token"])
        names = {*usual, "aud", "nbf"}
        assert len(names) == 9
        override(claims=lambda session: dict.fromkeys(names, 2**40))
        token = dialect.log_in(dialect.api()).json()["token"]
        found = claims_of(token)
        assert 2**40 not in found.values()
        assert found.keys() == usual.keys()
        assert Api(token=token)("GET", "/users/me/sessions/me").status_code == 200

    @pytest.mark.parametrize(
        "claims", [{"id": uuid4()}, {"text": "x" * 4_000}, {("a",): 1}, ["role"], "role"]
    )
    def test_what_makes_no_token_makes_no_session(
        self, claims: Any, ann: Any, override: Override
    ) -> None:
        override(claims=lambda session: claims)
        assert outcome(V5) == (500, "INTERNAL_SERVER_ERROR")
        assert not UserSession.objects.exists()

    def test_the_longest_token_is_accepted(self, ann: Any, override: Override) -> None:
        for length in range(2_400, 3_200, 50):
            override(claims=lambda session, length=length: {"x": "x" * length})
            answer = V5.log_in(V5.api())
            if answer.status_code == 500:
                break
            me = Api(token=answer.json()["token"])
            assert me("GET", "/users/me/sessions/me").status_code == 200
        assert length > 2_400
        assert answer.status_code == 500


class TestFailures:
    """A hook that fails: 500 in the dialect's form, no session, and nothing half done."""

    @each_dialect
    @pytest.mark.parametrize(
        "hook", ["find_account", "authenticate", "check_login", "session_lifetime", "claims"]
    )
    def test_of_any_hook(
        self,
        dialect: Dialect,
        hook: str,
        ann: Any,
        override: Override,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail(*args: Any, **options: Any) -> Any:
            raise LookupError("no more")

        override(**{hook: fail})
        answer = dialect.log_in(dialect.api())
        assert answer.status_code == 500
        assert answer.json() == dialect.error("INTERNAL_SERVER_ERROR")
        assert [one.name for one in caplog.records].count("sessions_api") == 1
        assert PASSWORD not in caplog.text
        assert not UserSession.objects.exists()
        assert not AuditEvent.objects.exists()

    @pytest.mark.parametrize("lifetime", [timedelta.max, None, 3600])
    def test_a_lifetime_that_is_none(self, lifetime: Any, ann: Any, override: Override) -> None:
        override(session_lifetime=lambda account, usual, kind, dialect: lifetime)
        assert outcome(V5) == (500, "INTERNAL_SERVER_ERROR")
        assert not UserSession.objects.exists()

    @pytest.mark.ratelimited
    def test_a_failing_check_of_passwords_counts(
        self, ann: Any, override: Override, limits_clock: Clock
    ) -> None:
        override(authenticate=lambda *args, **options: 1 / 0)
        assert [outcome(V5)[0] for _ in range(5)] == [500] * 4 + [429]
