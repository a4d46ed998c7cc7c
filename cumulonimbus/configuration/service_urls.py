"""Parsing of the URLs of the database, the cache and the mail server.

django-environ ignores unknown options and stores others where Django does not look for them. This
module passes each option on to its setting, or raises an error when the process starts. Messages
quote neither passwords nor hosts.
"""

import re
from urllib.parse import urlencode

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from cumulonimbus.configuration.database_hosts import split_hosts
from cumulonimbus.configuration.environment import Settings
from cumulonimbus.configuration.url_options import Options, Read


def _boolean(text: str) -> bool:
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except KeyError as error:
        raise ValueError(text) from error


def _number_or_none(text: str) -> int | None:
    return None if text.lower() == "none" else int(text)


_DATABASE_SETTINGS: dict[str, Read] = {
    "CONN_MAX_AGE": _number_or_none,
    "CONN_HEALTH_CHECKS": _boolean,
    "ATOMIC_REQUESTS": _boolean,
    "AUTOCOMMIT": _boolean,
    "DISABLE_SERVER_SIDE_CURSORS": _boolean,
}
#: Options of Django and psycopg. All others are libpq options, which are texts.
_POSTGRESQL_OPTIONS: dict[str, Read] = {
    "pool": _boolean,
    "prepare_threshold": _number_or_none,
    "isolation_level": int,
    "server_side_binding": _boolean,
    "assume_role": str,
}
_LIBPQ_NUMBERS = (
    *("connect_timeout", "tcp_user_timeout", "keepalives"),
    *("keepalives_idle", "keepalives_interval", "keepalives_count"),
)
#: Options of libpq whose values it reads only when it connects, which would look like an outage.
_LIBPQ_CHOICES = {
    "target_session_attrs": "any|read-write|read-only|primary|standby|prefer-standby",
    "sslmode": "disable|allow|prefer|require|verify-ca|verify-full",
    **dict.fromkeys(_LIBPQ_NUMBERS, "-?[0-9]{1,9}"),
}
#: libpq's names of what the URL itself says, which Django lets win without a word.
_IN_URL = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
_SQLITE_OPTIONS: dict[str, Read] = {
    "timeout": float,
    "transaction_mode": str,
    "init_command": str,
    "cached_statements": int,
}
_CACHE_SETTINGS: dict[str, Read] = {
    "TIMEOUT": _number_or_none,
    "KEY_PREFIX": str,
    "VERSION": int,
    "KEY_FUNCTION": str,
}
_REDIS = "django.core.cache.backends.redis.RedisCache"
_SENTINEL = ("redis+sentinel", "rediss+sentinel")
_CACHE_OPTIONS: dict[str, Read] = {"MAX_ENTRIES": int, "CULL_FREQUENCY": int}
#: In seconds. Short, because staff wait until the mail is sent.
MAIL_TIMEOUT = 10
_MAIL_SETTINGS: dict[str, Read] = {"EMAIL_USE_LOCALTIME": _boolean}
_SMTP_SETTINGS: dict[str, Read] = {
    "EMAIL_USE_TLS": _boolean,
    "EMAIL_USE_SSL": _boolean,
    "EMAIL_SSL_CERTFILE": str,
    "EMAIL_SSL_KEYFILE": str,
    "EMAIL_TIMEOUT": int,
}


def database_settings(url: str) -> Settings:
    """Return an entry for Django's ``DATABASES``.

    :param url: a URL such as ``postgres://user:password@host/name?sslmode=require``, or with
        several servers: ``postgres://user@host-1:5432,host-2:5432/name``.
    :raises ImproperlyConfigured: an option is unknown to Django and the driver, has no value or an
        invalid one, or is repeated; or a server is malformed.
    """
    options = Options("DATABASE_URL", url)
    engine = Env.DB_SCHEMES.get(options.bare_url.partition(":")[0], "")
    # First, because django-environ warns of others with the whole URL.
    if not engine.endswith(("postgresql", "sqlite3")):
        raise options.wrong("must begin with postgres:// or sqlite://")
    if engine.endswith("postgresql"):
        config = _postgresql_settings(options)
    else:
        config = options.parsed_by(Env.db_url_config, "sqlite:////path/to/db.sqlite3")
    config |= options.take(_DATABASE_SETTINGS, str.upper)
    if engine.endswith("postgresql"):
        config["OPTIONS"] = options.take(_POSTGRESQL_OPTIONS, str.lower)
        if config["OPTIONS"].get("pool"):
            # "pool=true" keeps the project's default pool.
            del config["OPTIONS"]["pool"]
        config["OPTIONS"] |= _known_to_libpq(options, config)
    else:
        config["OPTIONS"] = options.take(_SQLITE_OPTIONS, str.lower)
    options.refuse_rest()
    return config


def cache_settings(url: str) -> Settings:
    """Return an entry for Django's ``CACHES``.

    :param url: a URL such as ``rediss://user:password@host:6379/0?key_prefix=sessions``. For Redis,
        it may have the options of redis-py's URLs, or name sentinels:
        ``redis+sentinel://host:26379,host:26379/mymaster/0``.
    :raises ImproperlyConfigured: as for :func:`database_settings`.
    """
    options = Options("CACHE_URL", url)
    options.refuse_fragment()
    scheme = options.bare_url.partition(":")[0].lower()
    config: Settings
    if scheme in ("unix", *_SENTINEL):
        # django-environ does not know these. A list, because Django splits a text at commas.
        config = {"BACKEND": _REDIS, "LOCATION": [options.bare_url]}
    else:
        config = options.parsed_by(Env.cache_url_config, "redis://user:password@host:6379/0")
    config |= options.take(_CACHE_SETTINGS, str.upper)
    if config["BACKEND"].endswith("RedisCache"):
        # django-environ chooses django-redis if it is installed, which has other options.
        config["BACKEND"] = _REDIS
        config["LOCATION"] = _known_to_redis(options, config["LOCATION"])
        if scheme in _SENTINEL:
            config["OPTIONS"] = {"pool_class": "sessions_api.ratelimits.sentinel.SentinelPool"}
    elif "memcached" not in config["BACKEND"]:
        config["OPTIONS"] = options.take(_CACHE_OPTIONS, str.upper)
    options.refuse_rest()
    return config


def mail_settings(url: str) -> Settings:
    """Return Django's mail settings, by their names up to Django 6.0.

    :param url: a URL such as ``smtp+tls://user:password@host:587?email_timeout=5``.
    :raises ImproperlyConfigured: as for :func:`database_settings`.
    """
    options = Options("EMAIL_URL", url)
    options.refuse_fragment()
    config = options.parsed_by(Env.email_url_config, "smtp+tls://user:password@host:587")
    config |= options.take(_MAIL_SETTINGS, str.upper)
    if config["EMAIL_BACKEND"].endswith(".smtp.EmailBackend"):
        config |= {"EMAIL_TIMEOUT": MAIL_TIMEOUT} | options.take(_SMTP_SETTINGS, str.upper)
    options.refuse_rest()
    if config.get("EMAIL_USE_TLS") and config.get("EMAIL_USE_SSL"):
        raise ImproperlyConfigured("EMAIL_URL requests both implicit TLS and STARTTLS. Choose one.")
    return config


def _postgresql_settings(options: Options) -> Settings:
    """Return what the URL says before its options.

    django-environ would give the port of one server to another.
    """
    try:
        url, hosts = split_hosts(options.bare_url)
    except ValueError as error:
        raise options.wrong(f"{error}; write @ and / in a password as %40 and %2F") from None
    if hosts is None:
        return options.parsed_by(Env.db_url_config, "postgres://user:password@host/name")
    options.refuse_fragment()
    example = "postgres://user:password@host-1:5432,host-2:5432/name"
    return options.parsed_by(lambda _: Env.db_url_config(url), example) | hosts.settings


def _known_to_libpq(options: Options, config: Settings) -> dict[str, str]:
    texts = options.take_rest()
    for name, setting in _IN_URL.items():
        if name in texts and config.get(setting):
            raise options.wrong(f"has an option for what it says before: {name}")
    for name, choices in _LIBPQ_CHOICES.items():
        if name in texts and not re.fullmatch(choices, texts[name]):
            raise options.wrong(f"has an option with an invalid value: {name}")
    if texts:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo

        for name, text in texts.items():
            try:
                make_conninfo(**{name: text})
            except ProgrammingError as error:
                raise options.wrong(f"has an option that libpq does not know: {name}") from error
    return texts


def _known_to_redis(options: Options, location: str | list[str]) -> str | list[str]:
    """Return the location with the remaining options in its URL, where redis-py converts them."""
    from redis import ConnectionPool, RedisError

    from sessions_api.ratelimits.sentinel import SentinelPool

    texts = options.take_rest()
    servers = [location] if isinstance(location, str) else location
    for server in servers:
        parts = options.split(server)
        path = parts.path.strip("/")
        if parts.scheme not in ("redis", "rediss", "unix", *_SENTINEL):
            raise options.wrong(
                "must begin with redis://, rediss://, redis+sentinel://, rediss+sentinel:// or "
                "unix:// for a Redis"
            )
        if path and not path.isdecimal() and parts.scheme in ("redis", "rediss"):
            raise options.wrong("names a database that is not a number")
    if texts:
        servers = [f"{server}?{urlencode(texts)}" for server in servers]
    for server in servers:
        pool_class = SentinelPool if server.startswith(_SENTINEL) else ConnectionPool
        try:
            # Creates a connection object, but does not connect.
            pool_class.from_url(server).make_connection()
        except (TypeError, ValueError, RedisError) as error:
            names = f" ({', '.join(texts)})" if texts else ""
            reason = str(error).rstrip(".")
            raise options.wrong(f"has options that redis-py refuses{names}: {reason}") from error
    return servers if isinstance(location, list) else servers[0]
