"""The helpers for tests of host projects, and the pytest plugin."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Field
from django.utils import timezone

from killswitches.models import SwitchFlip
from killswitches.registry import GLOBAL
from killswitches.services import set_switch
from sessions_api.callers.clients import Client
from sessions_api.exceptions import Banned, InsufficientPermissions
from sessions_api.models import AuditEvent, Ban, BulkSignOut, UserSession
from sessions_api.scopes import Scope
from sessions_api.second_factors.services import backup_codes
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from sessions_api.testing import (
    SessionClient,
    frozen_clock,
    log_in,
    rates_off,
    rates_on,
)
from tests.paths import ROOT

pytestmark = pytest.mark.django_db

MINE = "/api/v5/users/me/sessions/me"
PAST = datetime(2001, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


class TestLoggingIn:
    def test_the_client_sends_the_token_of_a_real_session(self, ann: Any) -> None:
        client = log_in(ann)
        session = UserSession.objects.get()
        assert client.user_session == session
        assert client.get(MINE).json()["id"] == session.sid
        event = AuditEvent.objects.get()
        assert (event.kind, event.subject) == (AuditEvent.Kind.LOGIN, ann)

    def test_a_scoped_session(self, ann: Any) -> None:
        client = log_in(ann, scopes=Scope.SESSION_READ, name="backup")
        shown = client.get(MINE).json()
        assert (shown["permissionFlags"], shown["name"]) == (Scope.SESSION_READ, "backup")
        assert client.delete(MINE).status_code == 403
        assert AuditEvent.objects.get().kind == AuditEvent.Kind.SCOPED_SESSION

    def test_the_client_and_lifetime_can_be_set(self, ann: Any) -> None:
        lifetime = timedelta(minutes=5)
        session = log_in(ann, client=Client("198.51.100.7", "curl/8.5.0"), lifetime=lifetime)
        row = session.user_session
        assert (row.address, row.browser) == ("198.51.100.7", "curl")
        assert row.expires_at == datetime.fromtimestamp(row.sid, UTC) + lifetime

    def test_a_cookie(self, ann: Any, settings: Any) -> None:
        given = settings.SESSIONS_API | {"API_COOKIES": True}
        settings.SESSIONS_API = given | {"COOKIES": False}
        with pytest.raises(ImproperlyConfigured, match="COOKIES"):
            log_in(ann, by_cookie=True)
        settings.SESSIONS_API = given
        client = log_in(ann, by_cookie=True)
        assert client.get(MINE).json()["id"] == client.user_session.sid
        assert client.delete(MINE).status_code == 200
        assert client.get(MINE).status_code == 401

    def test_users_who_may_not_have_the_session(self, ann: Any, carol: Any) -> None:
        with pytest.raises(Banned):
            log_in(carol)
        with pytest.raises(InsufficientPermissions):
            log_in(ann, scopes=Scope.STAFF_READ_FILES)

    def test_a_client_without_a_session(self) -> None:
        client = SessionClient()
        assert client.get(MINE).status_code == 401
        with pytest.raises(LookupError, match=r"log_in\(\)"):
            client.user_session  # noqa: B018

    def test_force_login_works_for_pages_and_the_api(self, root: Any) -> None:
        client = SessionClient()
        client.force_login(root)
        assert client.get("/admin/").status_code == 200
        assert client.get(MINE).status_code == 200
        client.logout()
        assert client.get("/admin/").status_code == 302
        assert client.get(MINE).status_code == 401
        with pytest.raises(LookupError):
            client.token  # noqa: B018
        assert UserSession.objects.count() == 1


class TestRates:
    @pytest.fixture
    def mine(self, ann: Any) -> Iterator[Any]:
        """Return a function that requests Ann's session at a fixed time, and returns the status."""
        client = log_in(ann)
        with frozen_clock():
            yield lambda: client.get(MINE).status_code

    def test_they_are_counted_from_zero(self, mine: Any) -> None:
        for _ in range(2):
            with rates_on():
                assert [mine() for _ in range(4)] == [200, 200, 200, 429]

    def test_they_are_off(self, mine: Any) -> None:
        with rates_on(), rates_off():
            assert [mine() for _ in range(4)] == [200] * 4

    def test_windows_end_by_the_clock(self, ann: Any) -> None:
        client = log_in(ann)
        with rates_on(), frozen_clock() as clock:
            for _ in range(3):
                assert [client.get(MINE).status_code for _ in range(4)] == [200, 200, 200, 429]
                clock.advance(timedelta(seconds=1))

    def test_the_hosts_cache_is_not_used(self, mine: Any) -> None:
        cache.set("kept", "by the host")
        with rates_on():
            mine()
            assert cache.get("kept") == "by the host"
        assert cache.get("kept") == "by the host"


class TestClock:
    def test_sessions_expire_by_the_clock(self, ann: Any) -> None:
        with frozen_clock() as clock:
            client = log_in(ann, lifetime=timedelta(hours=1))
            clock.now = client.user_session.expires_at - timedelta(microseconds=1)
            assert client.get(MINE).status_code == 200
            clock.advance(timedelta(microseconds=1))
            assert client.get(MINE).status_code == 401

    def test_sessions_in_the_past(self, ann: Any) -> None:
        with frozen_clock(PAST):
            client = log_in(ann)
            assert client.get(MINE).json()["createdAt"] == "2001-02-03T04:05:06.000Z"
        assert client.get(MINE).status_code == 401

    def test_it_can_be_read_and_is_restored_after_the_block(self) -> None:
        before = timezone.now()
        with frozen_clock() as clock:
            assert timezone.now() == timezone.now() == clock.now
            clock.advance(timedelta(days=1))
        assert before < timezone.now() < before + timedelta(hours=1)

    def test_it_sets_creation_times_of_rows(self, root: Any) -> None:
        """Models whose default Django reads before the clock can be replaced."""
        with frozen_clock(PAST):
            log_in(root)
            set_switch(GLOBAL, True, actor=root, reason="drill")
            begin_bulk_sign_out(
                uuid4(),
                actor=Actor(user=root),
                reason="drill",
                what="All sessions",
                criteria={},
                spares_superusers=False,
                expected=None,
            )
            user = get_user_model().objects.create_user("dan")
            [code, *_] = backup_codes.replace(user)
            assert backup_codes.spend(user, code)
            set_banned(user, True, actor=Actor(user=root))
        assert {session.created_at for session in UserSession.objects.all()} == {PAST}
        assert {event.at for event in AuditEvent.objects.all()} == {PAST}
        assert BulkSignOut.objects.get().confirmed_at == PAST
        assert SwitchFlip.objects.get().at == PAST
        assert Ban.objects.get().banned_at == PAST
        assert backup_codes.last_use(user) == PAST
        assert user.pk == int(PAST.timestamp() * 1000)

    def test_no_other_model_has_such_a_default(self) -> None:
        ours = [
            model
            for app in ("cumulonimbus", "killswitches", "sessions_api", "second_factors")
            for model in apps.get_app_config(app).get_models()
        ]
        assert {
            f"{model.__name__}.{field.name}"
            for model in ours
            for field in model._meta.get_fields()
            if isinstance(field, Field) and field.default is timezone.now
        } == {
            "UserSession.created_at",
            "AuditEvent.at",
            "BulkSignOut.confirmed_at",
            "Ban.banned_at",
            "BackupCodeUse.used_at",
        }


TEST = """
import pytest
from sessions_api.testing import SessionClient, log_in as begin

pytestmark = pytest.mark.django_db
MINE = "/api/v5/users/me/sessions/me"


@pytest.fixture
def dan(django_user_model):
    return django_user_model.objects.create_user("dan", password="correct horse")


def test_fixtures(api_client, log_in, dan, sessions_clock):
    assert isinstance(api_client, SessionClient)
    client = log_in(dan)
    assert [client.get(MINE).status_code for _ in range(4)] == [200] * 4
    sessions_clock.now = client.user_session.expires_at
    assert client.get(MINE).status_code == 401


@pytest.mark.ratelimited
@pytest.mark.parametrize("again", [False, True])
def test_rates(log_in, dan, sessions_clock, again):
    client = log_in(dan)
    assert [client.get(MINE).status_code for _ in range(4)] == [200] * 3 + [429]
"""


class TestPlugin:
    def test_its_fixtures_work_if_a_host_names_it(self, tmp_path: Any) -> None:
        (tmp_path / "conftest.py").write_text('pytest_plugins = ["sessions_api.pytest_plugin"]\n')
        (tmp_path / "test_it.py").write_text(TEST)
        done = _run(tmp_path)
        assert "3 passed" in done.stdout, done.stdout + done.stderr

    def test_naming_it_on_the_command_line_needs_no_settings(self, tmp_path: Any) -> None:
        (tmp_path / "test_it.py").write_text(TEST)
        done = _run(
            tmp_path, "-c", "/dev/null", "--strict-markers", "-p", "sessions_api.pytest_plugin"
        )
        assert "3 passed" in done.stdout, done.stdout + done.stderr

    def test_importing_it_imports_no_models(self) -> None:
        code = (
            "import sys, sessions_api.pytest_plugin; "
            "print({name.split('.')[0] for name in sys.modules} & {'django', 'rest_framework'})"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        assert run.stdout.strip() == "set()", run.stdout + run.stderr

    def test_it_is_not_loaded_automatically(self) -> None:
        """It would turn rates off in the tests of every project that has the package installed."""
        assert not [one for one in entry_points(group="pytest11") if "sessions_api" in one.value]


def _run(folder: Any, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers"),
            *("-c", "/dev/null", "--rootdir", str(folder), "--ds", "tests.settings"),
            *(*options, str(folder)),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        # Its own database, beside the one that is in use here.
        env=os.environ | {"STATE_DIR": str(folder / os.environ.get("PYTEST_XDIST_WORKER", ""))},
    )
