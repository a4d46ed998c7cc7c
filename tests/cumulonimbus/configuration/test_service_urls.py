"""The URLs of database, cache and mail server. No option is silently ignored."""

import traceback
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.cache.backends.redis import RedisCache
from django.core.exceptions import ImproperlyConfigured
from redis.connection import SSLConnection

from cumulonimbus.configuration.service_urls import cache_settings, database_settings, mail_settings
from sessions_api.ratelimits.redis_counters import RedisCounters
from sessions_api.ratelimits.windows import Counter
from tests.cumulonimbus.processes import finish, setting, start
from tests.redis_cache import redis_client

REDIS = "redis://ann:s3cret@cache.example.org:6379/3"
POSTGRESQL = "postgres://ann:s3cret@db.example.org:5433/service"
SMTP = "smtp://ann:s3cret@mail.example.org:587"


def printed(error: BaseException) -> str:
    """Return what Python prints of an error and its causes when the process ends."""
    return "".join(traceback.format_exception(error, limit=0))


@pytest.mark.parametrize(
    ("read", "scheme"), [(database_settings, "postgres"), (mail_settings, "smtp")]
)
def test_a_password_that_is_not_quoted_is_not_printed(read: Any, scheme: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read(f"{scheme}://ann:s3cret/x@host/name")
    assert "s3cret" not in printed(raised.value)


class TestCache:
    def test_options_of_djangos_cache_are_applied(self) -> None:
        url = f"{REDIS}?key_prefix=blue&Timeout=30&version=2&key_function=host.keys.make"
        config = cache_settings(url)
        assert config == {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS,
            "KEY_PREFIX": "blue",
            "TIMEOUT": 30,
            "VERSION": 2,
            "KEY_FUNCTION": "host.keys.make",
        }
        assert cache_settings(f"{REDIS}?timeout=none")["TIMEOUT"] is None
        # A text, although it looks like a number.
        assert cache_settings(f"{REDIS}?key_prefix=1.10")["KEY_PREFIX"] == "1.10"
        assert cache_settings("locmemcache://?key_prefix=x")["KEY_PREFIX"] == "x"

    def test_options_of_the_redis_driver_are_applied(self) -> None:
        url = (
            "rediss://ann:s3cret@cache.example.org/0?db=4&socket_timeout=2.5&max_connections=7"
            "&ssl_cert_reqs=none&socket_keepalive=true&key_prefix=blue&health_check_interval=30"
        )
        defaults = {"socket_timeout": 1, "socket_connect_timeout": 0.5}
        pool = pool_of(cache_settings(url) | {"OPTIONS": defaults})
        assert pool.max_connections == 7
        made = pool.make_connection()
        assert (made.host, made.db, made.username) == ("cache.example.org", 4, "ann")
        assert (made.socket_timeout, made.socket_connect_timeout) == (2.5, 0.5)
        assert (made.socket_keepalive, made.health_check_interval) == (True, 30)

    def test_sentinels_and_their_options_are_applied(self) -> None:
        url = (
            "rediss+sentinel://ann:s3cret@one:26380,[2001:db8::1]/my%20master/4"
            "?sentinel_username=bob&sentinel_password=hunter2&socket_timeout=2&key_prefix=blue"
        )
        pool = pool_of(cache_settings(url) | {"KEY_PREFIX": "blue"})
        assert pool.service_name == "my master"
        of_server = pool.connection_kwargs
        assert (of_server["username"], of_server["password"]) == ("ann", "s3cret")
        assert (of_server["db"], of_server["socket_timeout"]) == (4, 2)
        assert issubclass(pool.connection_class, SSLConnection)
        sentinels = [one.connection_pool for one in pool.sentinel_manager.sentinels]
        assert [
            (one.connection_kwargs["host"], one.connection_kwargs["port"]) for one in sentinels
        ] == [("one", 26380), ("2001:db8::1", 26379)]
        for one in sentinels:
            assert one.connection_kwargs["username"] == "bob"
            assert one.connection_kwargs["password"] == "hunter2"
            assert issubclass(one.connection_class, SSLConnection)

    @pytest.mark.parametrize(
        "url",
        [
            "redis+sentinel://one:26379",
            "redis+sentinel://one:26379/",
            "redis+sentinel:///mymaster",
            "redis+sentinel://one,,two/mymaster",
            "redis+sentinel://one:port/mymaster",
            "redis+sentinel://one/mymaster/five",
            "redis+sentinel://one/mymaster?socket_timeout=soon",
            "redis+sentinel://one/mymaster?unknown=1",
            "redis+sentinel://ann:s3cret@one,bob:s3cret@two/mymaster",
            "redis+sentinel://[::1/mymaster",
            "rediss+sentinel://one/mymaster?ssl_cert_reqs=maybe",
            "rediss://one/0?ssl_cert_reqs=maybe",
            "unix:///redis.sock?unknown=1",
        ],
    )
    def test_malformed_urls_of_sentinels_and_sockets_are_refused(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=r"^CACHE_URL .*\.$"):
            cache_settings(url)

    @pytest.mark.parametrize("scheme", ["redis", "rediss", "redis+sentinel", "rediss+sentinel"])
    @pytest.mark.parametrize("password", ["s3cret/x", "12345/s3cret", "s3cret%/x", "s3cret[x"])
    def test_a_password_that_is_not_quoted_is_not_printed(self, scheme: str, password: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=r"^CACHE_URL ") as raised:
            cache_settings(f"{scheme}://ann:{password}@one:26379/0")
        assert "s3cret" not in printed(raised.value)

    def test_a_socket_is_a_redis(self) -> None:
        url = "unix://ann:s3cret@/run/redis.sock?db=3"
        assert pool_of(cache_settings(url)).make_connection().path == "/run/redis.sock"

    def test_several_redis_servers_each_get_the_options(self) -> None:
        config = cache_settings("redis://one:6379,two:6380/0?socket_timeout=2")
        assert config["LOCATION"] == [
            "redis://one:6379/0?socket_timeout=2",
            "redis://two:6380/0?socket_timeout=2",
        ]

    def test_options_of_other_caches_are_applied(self) -> None:
        config = cache_settings("locmemcache://?max_entries=5&cull_frequency=2")
        assert config["OPTIONS"] == {"MAX_ENTRIES": 5, "CULL_FREQUENCY": 2}

    @pytest.mark.parametrize(
        ("url", "complaint"),
        [
            (f"{REDIS}?socket_timeut=2", "socket_timeut"),
            (f"{REDIS}?socket_timeout=soon", "socket_timeout"),
            (f"{REDIS}?ssl=true", "redis-py refuses (ssl)"),
            (f"{REDIS}?ssl_cert_reqs=none", "redis-py refuses (ssl_cert_reqs)"),
            (f"{REDIS}?timeout=soon", "TIMEOUT"),
            (f"{REDIS}?version=two", "VERSION"),
            (f"{REDIS}?key_prefix=", "without a name or a value: key_prefix"),
            (f"{REDIS}?key_prefix", "without a name or a value: key_prefix"),
            (f"{REDIS}?key_prefix=a&key_prefix=b", "twice: key_prefix"),
            (f"{REDIS}?key_prefix=a&KEY_PREFIX=b", "twice: KEY_PREFIX"),
            (f"{REDIS}?binary=true", "binary"),
            (f"{REDIS}#key_prefix=a", "%23"),
            ("redis://:s3#cret@cache.example.org/0", "%23"),
            ("redis://:s3?cret@cache.example.org/0", "%3F"),
            ("redis://cache.example.org/three", "not a number"),
            ("valkey://cache.example.org/0", "redis://"),
            ("locmemcache://?socket_timeout=2", "socket_timeout"),
            ("locmemcache://?max_entries=many", "MAX_ENTRIES"),
            ("gopher://cache", "is no URL such as redis://"),
            ("cache.example.org", "is no URL such as redis://"),
        ],
    )
    def test_a_cache_url_that_would_be_partly_ignored_is_refused(
        self, url: str, complaint: str
    ) -> None:
        refused(cache_settings, url, "CACHE_URL", complaint)


class TestDatabase:
    def test_options_of_djangos_database_are_applied(self) -> None:
        config = database_settings(
            f"{POSTGRESQL}?conn_max_age=60&conn_health_checks=true&atomic_requests=false"
            "&DISABLE_SERVER_SIDE_CURSORS=true"
        )
        assert (config["CONN_MAX_AGE"], config["CONN_HEALTH_CHECKS"]) == (60, True)
        assert (config["ATOMIC_REQUESTS"], config["DISABLE_SERVER_SIDE_CURSORS"]) == (False, True)
        assert database_settings(f"{POSTGRESQL}?conn_max_age=none")["CONN_MAX_AGE"] is None

    def test_options_of_the_database_driver_are_applied(self) -> None:
        config = database_settings(
            f"{POSTGRESQL}?sslmode=require&connect_timeout=3&options=-c%20search_path%3Dx"
            "&prepare_threshold=none&isolation_level=2&server_side_binding=false&pool=false"
        )
        assert config["OPTIONS"] == {
            "sslmode": "require",
            "connect_timeout": "3",
            "options": "-c search_path=x",
            "prepare_threshold": None,
            "isolation_level": 2,
            "server_side_binding": False,
            "pool": False,
        }

    def test_options_of_sqlite_are_applied(self) -> None:
        config = database_settings("sqlite:////srv/db.sqlite3?timeout=5&transaction_mode=DEFERRED")
        assert config["NAME"] == "/srv/db.sqlite3"
        assert config["OPTIONS"] == {"timeout": 5, "transaction_mode": "DEFERRED"}

    @pytest.mark.parametrize(
        ("servers", "hosts", "ports"),
        [
            ("one:5433,two:5434", "one,two", "5433,5434"),
            # django-environ gives the only port to both.
            ("one,two:5434", "one,two", "5432,5434"),
            ("[2001:db8::1]:5433,[::1],192.0.2.1", "2001:db8::1,::1,192.0.2.1", "5433,5432,5432"),
            ("[fe80::1%25eth0],two", "fe80::1%eth0,two", "5432,5432"),
            ("%2Frun%2Fone,%2Frun%2Ftwo:5434", "/run/one,/run/two", "5432,5434"),
            ("%2FRun%2Fone", "/Run/one", "5432"),
            ("%2Frun%2Fone:5434", "/run/one", "5434"),
        ],
    )
    def test_several_servers_or_a_socket(self, servers: str, hosts: str, ports: str) -> None:
        config = database_settings(
            f"postgres://ann:s3%2Ccr%40et@{servers}/service?target_session_attrs=read-write"
        )
        assert (config["HOST"], config["PORT"]) == (hosts, ports)
        assert (config["USER"], config["PASSWORD"]) == ("ann", "s3,cr@et")
        assert (config["NAME"], config["OPTIONS"]) == (
            "service",
            {"target_session_attrs": "read-write"},
        )

    @pytest.mark.parametrize(
        ("servers", "complaint"),
        [
            ("db.example.org,", "malformed host"),
            (",db.example.org", "malformed host"),
            ("db.example.org,,two", "malformed host"),
            ("one%2Cdb.example.org,two", "malformed host"),
            ("db.example.org:port,two", "malformed port"),
            ("db.example.org:,two", "malformed port"),
            ("db.example.org:0,two", "malformed port"),
            (f"db.example.org:{'9' * 5000},two", "malformed port"),
            ("db.example.org,two:65536", "malformed port"),
            ("db.example.org,2001:db8::1", "malformed port"),
            ("db.example.org,[2001:db8::1", "malformed IPv6"),
            ("[db.example.org],two", "malformed IPv6"),
            ("[::1]5432,db.example.org", "malformed IPv6"),
        ],
    )
    def test_malformed_servers_are_refused(self, servers: str, complaint: str) -> None:
        url = f"postgres://ann:s3cret@{servers}/service"
        refused(database_settings, url, "DATABASE_URL", complaint)

    @pytest.mark.parametrize("password", ["s3cret/x", "12345/s3cret", "s3#cret", "s3,cret/x"])
    def test_a_password_that_is_not_quoted_before_several_servers(self, password: str) -> None:
        url = f"postgres://ann:{password}@db.example.org,two/service"
        with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL ") as raised:
            database_settings(url)
        assert "cret" not in printed(raised.value)

    def test_servers_may_be_in_libpqs_options(self) -> None:
        config = database_settings("postgres:///service?host=one,two&port=5433,5434")
        assert config["OPTIONS"] == {"host": "one,two", "port": "5433,5434"}

    @pytest.mark.parametrize(
        ("url", "complaint"),
        [
            (f"{POSTGRESQL}?target_session_attrs=primry", "target_session_attrs"),
            (f"{POSTGRESQL}?sslmode=required", "invalid value: sslmode"),
            (f"{POSTGRESQL}?connect_timeout=2s", "invalid value: connect_timeout"),
            (f"{POSTGRESQL}?keepalives_idle={'9' * 5000}", "invalid value: keepalives_idle"),
            (f"{POSTGRESQL}%00", "NUL"),
            (f"{POSTGRESQL}?application_name=%00", "NUL"),
            ("sqlite:////srv/db%00.sqlite3", "NUL"),
            # Django passes on what precedes the options.
            (f"{POSTGRESQL}?host=two", "before: host"),
            (f"{POSTGRESQL}?port=5434", "before: port"),
            (f"{POSTGRESQL}?user=bob", "before: user"),
            (f"{POSTGRESQL}?sslmod=require", "libpq does not know: sslmod"),
            (f"{POSTGRESQL}?time_zone=Europe/Berlin", "libpq does not know: time_zone"),
            (f"{POSTGRESQL}?pool=many", "pool"),
            (f"{POSTGRESQL}?conn_max_age=long", "CONN_MAX_AGE"),
            (f"{POSTGRESQL}?sslmode=", "sslmode"),
            (f"{POSTGRESQL}?sslmode=require&sslmode=disable", "twice: sslmode"),
            ("sqlite:////srv/db.sqlite3?sslmode=require", "sslmode"),
            ("sqlite:////srv/db.sqlite3?timeout=long", "timeout"),
            ("mysql://ann:s3cret@db.example.org/x?charset=utf8", "must begin with postgres://"),
            ("mysql://ann:s3cret@db.example.org/x", "must begin with postgres://"),
            ("postgresq", "must begin with postgres://"),
            ("ann:s3cret", "must begin with postgres://"),
            ("postgres://ann:s3cret@db.example.org:port/x", "is no URL such as postgres://"),
        ],
    )
    def test_a_database_url_that_would_be_partly_ignored_is_refused(
        self, url: str, complaint: str
    ) -> None:
        refused(database_settings, url, "DATABASE_URL", complaint)


class TestMail:
    def test_options_of_the_mail_server_are_applied(self) -> None:
        config = mail_settings(
            f"{SMTP}?email_use_tls=true&email_timeout=5&email_ssl_certfile=/srv/mail.pem"
        )
        assert (config["EMAIL_USE_TLS"], config["EMAIL_TIMEOUT"]) == (True, 5)
        assert config["EMAIL_SSL_CERTFILE"] == "/srv/mail.pem"
        assert mail_settings(f"{SMTP}?email_use_tls=false")["EMAIL_USE_TLS"] is False

    @pytest.mark.parametrize(
        ("url", "complaint"),
        [
            (f"{SMTP}?timeout=5", "timeout"),
            ("consolemail://?email_timeout=5", "email_timeout"),
            ("mail.example.org", "is no URL such as smtp"),
            ("carrier-pigeon://ann:s3cret@mail.example.org", "is no URL such as smtp"),
            ("smtp://ann:s3cret@mail.example.org:port", "is no URL such as smtp"),
            (f"{SMTP}?email_timeout=soon", "EMAIL_TIMEOUT"),
            (f"{SMTP}?email_use_tls=perhaps", "EMAIL_USE_TLS"),
            (f"{SMTP}?email_use_tls=true&email_use_ssl=true", "both implicit TLS and STARTTLS"),
            ("smtp://ann:s3#cret@mail.example.org", "%23"),
        ],
    )
    def test_a_mail_url_that_would_be_partly_ignored_is_refused(
        self, url: str, complaint: str
    ) -> None:
        refused(mail_settings, url, "EMAIL_URL", complaint)


def refused(read: Callable[[str], Any], url: str, variable: str, complaint: str) -> None:
    """Assert that the error for the URL names the variable and contains no secret."""
    with pytest.raises(ImproperlyConfigured) as caught:
        read(url)
    message = str(caught.value)
    assert complaint in message
    assert variable in message
    assert "cret" not in message
    assert "example.org" not in message


def pool_of(config: dict[str, Any]) -> Any:
    """Return the driver's connection pool of a cache."""
    cache = RedisCache(config["LOCATION"], config)
    return cache._cache.get_client(write=True).connection_pool  # type: ignore[attr-defined]


class TestInTheEnvironment:
    def test_urls_are_applied(self, production: dict[str, str]) -> None:
        given = production | {
            "CACHE_URL": f"{REDIS}?key_prefix=blue&socket_timeout=3",
            "DATABASE_URL": f"{POSTGRESQL}?pool=true",
        }
        cache, options = setting(  # type: ignore[misc]
            "[s.CACHES['default'], s.DATABASES['default']['OPTIONS']]", **given
        )
        assert cache["KEY_PREFIX"] == "blue"
        assert cache["LOCATION"].endswith("/3?socket_timeout=3")
        assert options["pool"]["max_size"] >= 10

    def test_empty_urls_count_as_unset(self, production: dict[str, str]) -> None:
        empty = {"CACHE_URL": "", "EMAIL_URL": "", "DATABASE_URL": ""}
        backends = "[s.DATABASES['default']['ENGINE'], s.CACHES['default']['BACKEND']]"
        engine, cache = setting(backends, **production | empty)  # type: ignore[misc]
        assert engine.endswith("sqlite3")
        assert cache.endswith("LocMemCache")

    @pytest.mark.parametrize(
        ("url", "is_reported"),
        [
            ("postgres://one.invalid,two.invalid/x", True),
            ("postgres://one.invalid,two.invalid/x?target_session_attrs=read-write", False),
            ("postgres:///x?host=one.invalid,two.invalid", True),
            ("postgres:///x?hostaddr=192.0.2.1,192.0.2.2", True),
            ("postgres://one.invalid/x", False),
        ],
    )
    def test_several_servers_are_checked(
        self, production: dict[str, str], url: str, is_reported: bool
    ) -> None:
        given = production | {"DATABASE_URL": url}
        code, _, err = finish(start("manage.py", "check", "--tag", "sessions_api", **given))
        assert code == 0
        assert ("sessions_api.W060" in err) == is_reported

    def test_an_invalid_url_prevents_the_start(self, production: dict[str, str]) -> None:
        given = production | {"CACHE_URL": f"{REDIS}?key_prefx=blue"}
        code, _, err = finish(start("manage.py", "check", **given))
        assert code != 0
        assert "ImproperlyConfigured: CACHE_URL has options that redis-py refuses" in err
        assert "key_prefx" in err


if settings.CACHES["default"]["BACKEND"].endswith("RedisCache"):

    def test_counters_use_the_key_prefix() -> None:
        prefix = f"prefix-{uuid.uuid4()}"
        location = settings.CACHES["default"]["LOCATION"]
        config = cache_settings(f"{location}?key_prefix={prefix}")
        cache = RedisCache(config["LOCATION"], config)
        counter = Counter(key="counted", limit=5, period=60, phase=0)
        assert RedisCounters(cache).charge([counter], now=0).counts == [1]
        client = redis_client()
        (key,) = client.scan_iter(f"*{prefix}*", count=10_000)
        assert key.decode().startswith(prefix)
        client.delete(key)
