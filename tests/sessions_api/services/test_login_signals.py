"""Django's signals of logins: what they say, when they are sent, and ``last_login``."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cumulonimbus.models import User
from sessions_api.models import UserSession
from sessions_api.receivers.logins import LAST_LOGIN, keep_last_login, replace_djangos_receiver
from tests.backends import Directory
from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import V3, V5, WITH_LOGIN, Dialect
from tests.sessions_api.second_factors.challenges import by_code

pytestmark = pytest.mark.django_db

each_dialect = pytest.mark.parametrize("dialect", WITH_LOGIN, ids=str)
Heard = list[dict[str, Any]]
OnCommit = Callable[..., Any]


def changed(**changes: Any) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changes)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What receivers of both signals are told."""
    told: Heard = []

    def listen(**what: Any) -> None:
        told.append(what)

    user_logged_in.connect(listen)
    user_login_failed.connect(listen)
    yield told
    user_logged_in.disconnect(listen)
    user_login_failed.disconnect(listen)


class TestLoggedIn:
    @each_dialect
    def test_after_the_commit(
        self, dialect: Dialect, ann: Any, heard: Heard, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert dialect.log_in(dialect.api()).status_code == 201
            assert heard == []
        [told] = heard
        session = UserSession.objects.get()
        assert (told["signal"], told["sender"]) == (user_logged_in, get_user_model())
        assert (told["user"], told["session"]) == (ann, session)
        assert told["user"].backend == "django.contrib.auth.backends.ModelBackend"
        assert type(told["request"]) is WSGIRequest
        assert told["request"].path == dialect.prefix + dialect.login_path

    def test_once_with_a_second_factor(
        self,
        ann: Any,
        heard: Heard,
        enrol_app: Any,
        django_capture_on_commit_callbacks: OnCommit,
    ) -> None:
        app = enrol_app(ann)
        with django_capture_on_commit_callbacks(execute=True):
            asked = V5.log_in(V5.api()).json()
        assert heard == []
        with django_capture_on_commit_callbacks(execute=True):
            answer = V5.api()("POST", "/login", by_code(asked, app.next_code()))
        assert answer.status_code == 201
        assert [told["signal"] for told in heard] == [user_logged_in]

    def test_a_receiver_that_fails_harms_nothing(
        self, ann: Any, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        def fail(**what: Any) -> None:
            raise LookupError

        user_logged_in.connect(fail)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                assert V5.log_in(V5.api()).status_code == 201
        finally:
            user_logged_in.disconnect(fail)

    def test_scoped_sessions_are_no_logins(
        self, me: Any, heard: Heard, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        body = {"name": "A script", "permissionFlags": 32, "password": PASSWORD}
        with django_capture_on_commit_callbacks(execute=True):
            assert me.api("POST", "/users/me/sessions", body).status_code == 201
        assert heard == []


class TestFailed:
    """Sent at once: a receiver that counts must know before the next attempt."""

    @each_dialect
    @pytest.mark.parametrize(
        ("name", "password", "username"),
        [("ANN", "guess", "ann"), (" Nobody ", "guess", "nobody"), ("carol", PASSWORD, "carol")],
    )
    def test_with_the_account_s_name_and_without_the_password(
        self,
        dialect: Dialect,
        name: str,
        password: str,
        username: str,
        ann: Any,
        carol: Any,
        heard: Heard,
    ) -> None:
        dialect.log_in(dialect.api(), name, password)
        [told] = heard
        assert told["signal"] is user_login_failed
        assert told["credentials"] == {"username": username, "password": "*" * 20}
        assert type(told["request"]) is WSGIRequest

    def test_by_email(self, ann: Any, heard: Heard) -> None:
        V3.log_in(V3.api(), "ann@example.com", "guess")
        assert heard[0]["credentials"]["username"] == "ann"

    def test_once_whatever_backends_there_are(
        self, ann: Any, heard: Heard, ask_backends: Any
    ) -> None:
        ask_backends(Directory, ModelBackend)
        V5.log_in(V5.api(), "ann", "guess")
        assert len(heard) == 1

    def test_not_at_a_reverification(self, me: Any, heard: Heard) -> None:
        answer = me.api("POST", "/users/me/2fa/totp", {"password": "guess"})
        assert (answer.status_code, heard) == (401, [])


def test_neither_if_turned_off(
    ann: Any, heard: Heard, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with changed(SEND_LOGIN_SIGNALS=False), django_capture_on_commit_callbacks(execute=True):
        assert V5.log_in(V5.api()).status_code == 201
        assert V5.log_in(V5.api(), "ann", "guess").status_code == 401
    assert heard == []


class TestLastLogin:
    @pytest.mark.parametrize("sends", [False, True])
    @pytest.mark.parametrize("keeps", [False, True])
    def test_a_login_writes_it_once_at_most(
        self, sends: bool, keeps: bool, ann: Any, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        with (
            changed(SEND_LOGIN_SIGNALS=sends, UPDATE_LAST_LOGIN=keeps),
            CaptureQueriesContext(
                connection,
            ) as queries,
            django_capture_on_commit_callbacks(execute=True),
        ):
            assert V5.log_in(V5.api()).status_code == 201
        writes = [
            query["sql"]
            for query in queries.captured_queries
            if query["sql"].startswith("UPDATE") and "last_login" in query["sql"]
        ]
        assert len(writes) == keeps
        ann.refresh_from_db()
        assert bool(ann.last_login) == keeps

    def test_receivers_see_it(
        self, ann: Any, heard: Heard, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            V5.log_in(V5.api())
        ann.refresh_from_db()
        assert heard[0]["user"].last_login == ann.last_login

    def test_logins_elsewhere_write_it_as_ever(self, ann: Any) -> None:
        with changed(UPDATE_LAST_LOGIN=False):
            browser_of(ann)
        ann.refresh_from_db()
        assert (timezone.now() - ann.last_login).total_seconds() < 60


class TestReceiver:
    """The receiver that stands in for Django's."""

    @pytest.fixture(autouse=True)
    def _restored(self) -> Iterator[None]:
        yield
        user_logged_in.disconnect(dispatch_uid=LAST_LOGIN)
        user_logged_in.connect(keep_last_login, dispatch_uid=LAST_LOGIN)

    @pytest.mark.parametrize("labels", [["auth", "sessions_api"], ["sessions_api", "auth"]])
    def test_it_replaces_djangos(self, labels: list[str], ann: Any) -> None:
        user_logged_in.disconnect(dispatch_uid=LAST_LOGIN)
        if labels[0] == "auth":
            user_logged_in.connect(update_last_login, dispatch_uid=LAST_LOGIN)
            replace_djangos_receiver(labels)
        else:
            replace_djangos_receiver(labels)
            user_logged_in.connect(update_last_login, dispatch_uid=LAST_LOGIN)
        user_logged_in.send(User, user=ann, request=None, session=None)
        assert ann.last_login is None
        user_logged_in.send(User, user=ann, request=None)
        assert ann.last_login is not None

    @pytest.mark.parametrize("labels", [["auth", "sessions_api"], ["sessions_api"]])
    def test_a_host_may_have_none(self, labels: list[str], ann: Any) -> None:
        user_logged_in.disconnect(dispatch_uid=LAST_LOGIN)
        replace_djangos_receiver(labels)
        user_logged_in.send(User, user=ann, request=None)
        assert ann.last_login is None
