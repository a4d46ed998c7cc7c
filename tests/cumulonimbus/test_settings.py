"""The settings, as separate processes read them from their environment."""

import os
import socket
import sqlite3
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from cumulonimbus.configuration.local_secrets import signing_key
from tests.cumulonimbus.processes import finish, run, setting, start


class TestRefusals:
    @pytest.mark.parametrize(
        ("missing", "command"),
        [
            ("SECRET_KEY", "openssl rand -base64 48"),
            (
                "SIGNING_KEYS",
                "openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem",
            ),
        ],
    )
    @pytest.mark.parametrize("empty", [True, False])
    def test_production_needs_its_secrets(
        self, production: dict[str, str], missing: str, command: str, empty: bool
    ) -> None:
        del production[missing]
        if empty:
            production[missing] = ""
        code, _, err = finish(start("manage.py", "check", **production))
        assert code != 0
        assert f"ImproperlyConfigured: {missing} is not set" in err
        assert command in err

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DEBUG", "ture"),
            ("RATELIMIT_ENABLE", "nope"),
            ("TRUSTED_PROXIES", "-1"),
            ("ACCESS_LOG", "perhaps"),
            ("LOG_FORMAT", "xml"),
        ],
    )
    def test_an_invalid_value_is_reported_with_its_variable(
        self, production: dict[str, str], name: str, value: str
    ) -> None:
        code, _, err = finish(start("manage.py", "check", **production | {name: value}))
        assert code != 0
        assert f"ImproperlyConfigured: {name} must be" in err

    def test_an_origin_that_browsers_never_send_is_refused(
        self, production: dict[str, str]
    ) -> None:
        production["CORS_ALLOWED_ORIGINS"] = "https://app.example.org/"
        code, _, err = finish(start("manage.py", "check", **production))
        assert code != 0
        assert "CORS_ALLOWED_ORIGINS contains 'https://app.example.org/'" in err


class TestProduction:
    def test_cross_origin_requests_are_configured(self, production: dict[str, str]) -> None:
        production["CORS_ALLOWED_ORIGINS"] = "https://app.example.org, http://localhost:3000"
        out = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG", **production)
        assert "no issues" in out
        assert setting("[s.CORS_ALLOWED_ORIGINS, s.MIDDLEWARE[2]]", **production) == [
            ["https://app.example.org", "http://localhost:3000"],
            "cumulonimbus.middleware.CorsMiddleware",
        ]

    def test_the_deployment_check_is_clean(self, production: dict[str, str]) -> None:
        out = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG", **production)
        assert "no issues" in out

    def test_the_deployment_check_states_the_requirements_for_proxies(
        self, production: dict[str, str]
    ) -> None:
        del production["PROXY_DROPS_UNDERSCORES"]
        arguments = ("check", "--deploy", "--fail-level", "WARNING")
        code, _, err = finish(start("manage.py", *arguments, **production))
        assert code == 0
        assert "sessions_api.I001" in err

    def test_the_deployment_check_warns_of_passkeys_for_localhost(
        self, production: dict[str, str]
    ) -> None:
        del production["WEBAUTHN_RP_ID"]
        code, _, err = finish(start("manage.py", "check", "--deploy", **production))
        assert code == 0
        assert "second_factors.W001" in err

    def test_environment_variables_are_applied(self, production: dict[str, str]) -> None:
        assert setting(
            "[s.DEBUG, s.SECRET_KEY, s.ALLOWED_HOSTS, s.SESSIONS_API, s.SECURE_PROXY_SSL_HEADER]",
            **production,
            AUDIENCE="https://api.example.org",
            ACCESS_LOG="yes",
            METRICS_TOKEN="$oken",
            METRICS_DIR="/run/metrics",
            TRACING="on",
            UPDATE_LAST_LOGIN="no",
            SEND_LOGIN_SIGNALS="no",
            ADAPTER="desk.logins.DeskAdapter",
            RATES="LOGIN=10/300, BURST = 9 / 1",
            SESSIONS_PER_USER="3",
            END_EXCESS_SESSIONS="yes",
            PASSWORD_CHANGE_ENDS_SESSIONS="no",
            RATELIMIT_ENABLE="off",
            HIDE_UNKNOWN_USERS="yes",
            GEOIP_DATABASE="/srv/city.mmdb",
            HASHING_CONCURRENCY="3",
            AUDIT_RETENTION_DAYS="0",
            ENDED_SESSION_RETENTION_DAYS="0",
            INCIDENT_APPROVAL_ABOVE="100",
            ENCRYPTION_KEYS="one,two",
            STAFF_REQUIRES_SECOND_FACTOR="on",
            NOTICES="new_login, banned",
        ) == [
            False,
            production["SECRET_KEY"],
            ["api.example.org", "admin.example.org"],
            {
                "SIGNING_KEYS": [production["SIGNING_KEYS"]],
                "TRUSTED_PROXIES": 1,
                "PROXY_DROPS_UNDERSCORES": True,
                "HASHING_CONCURRENCY": 3,
                "AUDIENCE": "https://api.example.org",
                "CONSOLE_SESSIONS": True,
                "ACCESS_LOG": True,
                "METRICS_TOKEN": "$oken",
                "METRICS_DIR": "/run/metrics",
                "TRACING": True,
                "UPDATE_LAST_LOGIN": False,
                "SEND_LOGIN_SIGNALS": False,
                "ADAPTER": "desk.logins.DeskAdapter",
                "PASSWORD_CHANGE_ENDS_SESSIONS": False,
                "RATELIMIT_ENABLE": False,
                "HIDE_UNKNOWN_USERS": True,
                "AUDIT_RETENTION": None,
                "ENDED_SESSION_RETENTION": "0:00:00",
                "INCIDENT_APPROVAL_ABOVE": 100,
                "GEOIP_DATABASE": "/srv/city.mmdb",
                "ENCRYPTION_KEYS": ["one", "two"],
                "STAFF_REQUIRES_SECOND_FACTOR": True,
                "WEBAUTHN_RP_ID": "example.org",
                "WEBAUTHN_ORIGINS": ["https://example.org"],
                "COOKIES": True,
                "API_COOKIES": False,
                "INSECURE_COOKIES": False,
                "LIFETIMES": {},
                "RATES": {"LOGIN": [10, 300], "BURST": [9, 1]},
                "IDLE_TIMEOUT": None,
                "SCOPED_IDLE_TIMEOUT": None,
                "ABSOLUTE_LIFETIME": None,
                "SCOPED_ABSOLUTE_LIFETIME": None,
                "SESSIONS_PER_USER": 3,
                "SCOPED_SESSIONS_PER_USER": None,
                "END_EXCESS_SESSIONS": True,
                "NOTICES": ["new_login", "banned"],
                "SITE_URL": "https://example.org",
            },
            ["HTTP_X_FORWARDED_PROTO", "https"],
        ]

    def test_notices(self, production: dict[str, str]) -> None:
        names = "s.SESSIONS_API.get('NOTICES', 'default'), s.SESSIONS_API['SITE_URL']"
        for given, expected in (({}, "default"), ({"NOTICES": "none"}, [])):
            assert setting(f"[{names}]", **production | given) == [expected, "https://example.org"]
        state = {"DEBUG": "true", "STATE_DIR": production["STATE_DIR"]}
        assert setting(f"[{names}]", **state) == ["default", "http://localhost:8000"]

    def test_without_a_mail_server(self, production: dict[str, str]) -> None:
        arguments = ("check", "--deploy", "--fail-level", "WARNING")
        del production["EMAIL_URL"]
        code, _, err = finish(start("manage.py", *arguments, **production))
        assert code != 0
        assert "notices.W001" in err
        out = run("manage.py", *arguments, **production, NOTICES="none")
        assert "no issues" in out

    def test_cookies(self, production: dict[str, str]) -> None:
        origin = {"CORS_ALLOWED_ORIGINS": "https://app.example.org"}
        expression = (
            "[s.SESSIONS_API['COOKIES'], s.SESSIONS_API['API_COOKIES'], "
            "s.SESSIONS_API['INSECURE_COOKIES'], s.CSRF_COOKIE_NAME, "
            "'x-session-cookie' in s.CORS_ALLOW_HEADERS, 'X-CSRFToken' in s.CORS_EXPOSE_HEADERS]"
        )
        production |= origin
        host = "__Host-csrftoken"
        pages_alone = [True, False, False, host, False, False]
        assert setting(expression, **production) == pages_alone
        without = production | {"ACCOUNT_PAGES": "off"}
        assert setting(expression, **without) == [False, False, False, "csrftoken", False, False]
        out = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG", **without)
        assert "no issues" in out
        production["COOKIES"] = "on"
        assert setting(expression, **production) == [True, True, False, host, True, True]
        out = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG", **production)
        assert "no issues" in out
        production["DEBUG"] = "true"
        expected = [True, True, True, "csrftoken", True, True]
        assert setting(expression, **production) == expected
        code, _, err = finish(start("manage.py", "check", "--deploy", **production))
        assert code != 0
        assert "sessions_api.E031" in err

    def test_authentication_backends(self, production: dict[str, str]) -> None:
        expression = "s.AUTHENTICATION_BACKENDS"
        assert setting(expression, **production) == ["django.contrib.auth.backends.ModelBackend"]
        given = production | {"AUTHENTICATION_BACKENDS": "desk.ldap.Backend, desk.sso.Backend"}
        assert setting(expression, **given) == ["desk.ldap.Backend", "desk.sso.Backend"]

    def test_second_factors(self, production: dict[str, str]) -> None:
        names = (
            "ENCRYPTION_KEYS",
            "STAFF_REQUIRES_SECOND_FACTOR",
            "WEBAUTHN_RP_ID",
            "WEBAUTHN_ORIGINS",
        )
        expression = f"[s.SESSIONS_API[name] for name in {names}]"
        given = production | {
            "ENCRYPTION_KEYS": "new, old",
            "STAFF_REQUIRES_SECOND_FACTOR": "yes",
            "WEBAUTHN_RP_ID": "example.org",
        }
        expected = [["new", "old"], True, "example.org", ["https://example.org"]]
        assert setting(expression, **given) == expected
        origins = {"WEBAUTHN_ORIGINS": "https://a.example.org,https://b.example.org"}
        *_, found = setting(expression, **given | origins)
        assert found == ["https://a.example.org", "https://b.example.org"]
        *_, found = setting(expression, **production | {"DEBUG": "true"})
        assert found == ["http://localhost:8000"]

    def test_former_secrets_are_fallbacks(self, production: dict[str, str]) -> None:
        former = {"SECRET_KEY_FALLBACKS": "$one, two ,"}
        assert setting("s.SECRET_KEY_FALLBACKS", **production, **former) == ["$one", "two"]

    def test_without_a_proxy_its_headers_are_ignored(self, production: dict[str, str]) -> None:
        expression = "[s.SECURE_PROXY_SSL_HEADER, s.SESSIONS_API['TRUSTED_PROXIES']]"
        assert setting(expression, **production | {"TRUSTED_PROXIES": "0"}) == [None, 0]

    def test_postgresql_connections_are_pooled_by_default(self, production: dict[str, str]) -> None:
        url = "postgres://ann:p%40ss@db.example.org:5433/service"
        expression = "[s.DATABASES['default'].get(k) for k in ('ENGINE', 'PASSWORD', 'OPTIONS')]"
        engine, password, options = setting(
            expression, **production | {"DATABASE_URL": f"{url}?sslmode=require"}
        )
        assert (engine, password) == ("sessions_api.databases.postgresql", "p@ss")
        assert options["sslmode"] == "require"
        assert options["pool"]["max_size"] >= 10
        for parameters in ("pool=0", "CONN_MAX_AGE=60"):
            *_, options = setting(
                expression, **production | {"DATABASE_URL": f"{url}?{parameters}"}
            )
            assert not options.get("pool")


class TestLogging:
    def test_sql_statements_are_never_logged(self, tmp_path: Path) -> None:
        environment = {"DEBUG": "true", "LOG_LEVEL": "DEBUG", "STATE_DIR": str(tmp_path)}
        script = """
import django; django.setup()
from django.db import connection
connection.cursor().execute("SELECT 'a password typed as a name'")
import logging; logging.getLogger("django.request").debug("but the rest is")
"""
        code, _, err = finish(start("-c", script, **environment))
        assert code == 0
        assert "but the rest is" in err
        assert "typed as a name" not in err


class TestRedis:
    SCRIPT = """
import sys, time
from django.core.cache import cache
start = time.monotonic()
try:
    cache.incr("key")
except ValueError:  # there is no such key, says Redis
    print("answered")
except Exception as error:
    print(type(error).__name__, time.monotonic() - start < 5)
"""

    def test_a_missing_server_fails_at_once(self, production: dict[str, str]) -> None:
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            url = f"redis://127.0.0.1:{reserved.getsockname()[1]}/0"
            out = run("-c", self.SCRIPT, **production | {"CACHE_URL": url})
        assert out.split() == ["ConnectionError", "True"]

    def test_a_server_that_does_not_respond_times_out(self, production: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            url = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
            out = run("-c", self.SCRIPT, **production | {"CACHE_URL": url})
        assert out.split() == ["TimeoutError", "True"]


class TestLocalSecrets:
    def test_processes_that_start_at_the_same_time_use_the_same_secrets(
        self, tmp_path: Path
    ) -> None:
        script = "from django.conf import settings as s; print(s.SECRET_KEY, *s.SIGNING_KEYS)"
        script += "; print(open(s.SIGNING_KEYS[0]).read())"
        state = tmp_path / "not" / "there"
        processes = [start("-c", script, DEBUG="true", STATE_DIR=str(state)) for _ in range(4)]
        answers = {finish(process) for process in processes}
        assert len(answers) == 1
        code, out, err = answers.pop()
        assert code == 0, err
        assert len(out.split()[0]) >= 50
        assert sorted(path.name for path in state.iterdir()) == [
            "secret-key.txt",
            "signing-key.pem",
        ]
        assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {0o600}
        pem = (state / "signing-key.pem").read_bytes()
        assert pem.startswith(b"-----BEGIN PRIVATE KEY-----")
        key = load_pem_private_key(pem, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert key.curve.name == "secp256r1"

    def test_the_slower_of_two_processes_uses_the_files_of_the_faster(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        winner = Path(signing_key(tmp_path)).read_bytes()
        monkeypatch.setattr(Path, "exists", lambda _: False)
        assert Path(signing_key(tmp_path)).read_bytes() == winner
        assert [path.name for path in tmp_path.iterdir()] == ["signing-key.pem"]


class TestSQLite:
    def test_its_pragmas(self, tmp_path: Path) -> None:
        script = """
import django
django.setup()
from django.db import connection
for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys"):
    with connection.cursor() as cursor:
        print(cursor.execute(f"PRAGMA {name}").fetchone()[0])
"""
        out = run("-c", script, DEBUG="true", STATE_DIR=str(tmp_path))
        assert out.split() == ["wal", "1", "20000", "1"]

    def test_parallel_writers_wait_for_each_other(self, tmp_path: Path) -> None:
        """Each reads before it writes. In SQLite's default mode, all but one would fail."""
        script = """
import pathlib, sys, time
import django
django.setup()
from django.db import connection, transaction
print("ready", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
for _ in range(20):
    with transaction.atomic(), connection.cursor() as cursor:
        total = cursor.execute("SELECT total FROM counter").fetchone()[0]
        time.sleep(0.005)
        cursor.execute("UPDATE counter SET total = %s", [total + 1])
"""
        database = sqlite3.connect(tmp_path / "db.sqlite3")
        # The first connection of the service sets this mode, which does not wait for a lock: of
        # several simultaneous first connections, all but one could fail.
        database.execute("PRAGMA journal_mode = WAL")
        with database:
            database.execute("CREATE TABLE counter (total integer)")
            database.execute("INSERT INTO counter VALUES (0)")
        go = tmp_path / "go"
        processes = [
            start("-c", script, str(go), DEBUG="true", STATE_DIR=str(tmp_path)) for _ in range(3)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        go.touch()
        assert [finish(process) for process in processes] == [(0, "", "")] * 3
        assert database.execute("SELECT total FROM counter").fetchone() == (60,)
        database.close()


class TestInProcessCache:
    def test_it_can_store_many_counters(self) -> None:
        cache = setting("s.CACHES['default']", DEBUG="true", STATE_DIR=os.environ["STATE_DIR"])
        assert cache["BACKEND"].endswith("LocMemCache")
        assert cache["OPTIONS"]["MAX_ENTRIES"] >= 100_000


if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):

    class TestPool:
        def test_threads_share_the_pool(self, production: dict[str, str]) -> None:
            script = """
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
def work(_):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        found = cursor.fetchone()[0]
    connection.close()
    return found
with ThreadPoolExecutor(30) as threads:
    found = list(threads.map(work, range(200)))
connection.close_pool()
print(len(found), len(set(found)) <= 20)
"""
            # A maintenance database, because the suite's own may not exist outside of its tests.
            database = settings.DATABASES["default"] | {"NAME": "postgres"}
            url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format_map(database)
            assert run("-c", script, **production | {"DATABASE_URL": url}).split() == [
                "200",
                "True",
            ]
