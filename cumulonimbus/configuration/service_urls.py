"""Parsing of the URLs of the database, the cache and the mail server.

django-environ ignores unknown options and stores others where Django does not look for them. This
module passes each option on to its setting, or raises an error when the process starts. Messages
quote neither passwords nor hosts.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from cumulonimbus.configuration.environment import Settings

Read = Callable[[str], object]


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

    :param url: a URL such as ``postgres://user:password@host/name?sslmode=require``.
    :raises ImproperlyConfigured: an option is unknown to Django and the driver, has no value or an
        invalid one, or is repeated.
    """
    options = _Options("DATABASE_URL", url)
    config: Settings = Env.db_url_config(options.bare_url)
    config |= options.take(_DATABASE_SETTINGS, str.upper)
    if config.get("ENGINE", "").endswith("postgresql"):
        config["OPTIONS"] = options.take(_POSTGRESQL_OPTIONS, str.lower)
        if config["OPTIONS"].get("pool"):
            # "pool=true" keeps the project's default pool.
            del config["OPTIONS"]["pool"]
        config["OPTIONS"] |= _known_to_libpq(options)
    elif config.get("ENGINE", "").endswith("sqlite3"):
        config["OPTIONS"] = options.take(_SQLITE_OPTIONS, str.lower)
    options.refuse_rest()
    return config


def cache_settings(url: str) -> Settings:
    """Return an entry for Django's ``CACHES``.

    :param url: a URL such as ``rediss://user:password@host:6379/0?key_prefix=sessions``. For Redis,
        it may have the options of redis-py's URLs.
    :raises ImproperlyConfigured: as for :func:`database_settings`.
    """
    options = _Options("CACHE_URL", url)
    options.refuse_fragment()
    config: Settings = Env.cache_url_config(options.bare_url)
    config |= options.take(_CACHE_SETTINGS, str.upper)
    if config["BACKEND"].endswith("RedisCache"):
        # django-environ chooses django-redis if it is installed, which has other options.
        config["BACKEND"] = "django.core.cache.backends.redis.RedisCache"
        config["LOCATION"] = _known_to_redis(options, config["LOCATION"])
    elif "memcached" not in config["BACKEND"]:
        config["OPTIONS"] = options.take(_CACHE_OPTIONS, str.upper)
    options.refuse_rest()
    return config


def mail_settings(url: str) -> Settings:
    """Return Django's mail settings, by their names up to Django 6.0.

    :param url: a URL such as ``smtp+tls://user:password@host:587?email_timeout=5``.
    :raises ImproperlyConfigured: as for :func:`database_settings`.
    """
    options = _Options("EMAIL_URL", url)
    options.refuse_fragment()
    config: Settings = Env.email_url_config(options.bare_url)
    config |= options.take(_MAIL_SETTINGS, str.upper)
    if config["EMAIL_BACKEND"].endswith(".smtp.EmailBackend"):
        config |= {"EMAIL_TIMEOUT": MAIL_TIMEOUT} | options.take(_SMTP_SETTINGS, str.upper)
    options.refuse_rest()
    if config.get("EMAIL_USE_TLS") and config.get("EMAIL_USE_SSL"):
        raise ImproperlyConfigured("EMAIL_URL requests both implicit TLS and STARTTLS. Choose one.")
    return config


class _Options:
    """The options in the query of a URL, which are removed as they are read.

    :param variable: the name of the environment variable, for messages.
    :param url: the URL.
    :raises ImproperlyConfigured: the query is malformed, or repeats an option.
    """

    def __init__(self, variable: str, url: str) -> None:
        self._variable = variable
        self.bare_url, _, query = url.partition("?")
        # One of these in an unquoted password would change the host and the options.
        if any(character in query for character in "@#?"):
            raise self.wrong("has an unescaped @, # or ? after its first ?; write %40, %23 or %3F")
        self._texts: dict[str, str] = {}
        for name, text in parse_qsl(query, keep_blank_values=True):
            if not name or not text:
                raise self.wrong(f"has an option without a name or a value: {name}")
            if name.lower() in self._texts:
                raise self.wrong(f"has an option twice: {name}")
            self._texts[name.lower()] = text

    def refuse_fragment(self) -> None:
        """Refuse a URL with a ``#``: the parser would ignore everything after it.

        :raises ImproperlyConfigured: the URL has one.
        """
        if "#" in self.bare_url:
            raise self.wrong("has a #; write it as %23")

    def take(self, known: dict[str, Read], spell: Callable[[str], str]) -> Settings:
        """Remove known options and return their values.

        :param known: the names of options, and functions that convert their values.
        :param spell: converts a name to its case in the result.
        :raises ImproperlyConfigured: a value is invalid.
        """
        taken = {}
        for name in known:
            text = self._texts.pop(name.lower(), None)
            if text is None:
                continue
            try:
                taken[spell(name)] = known[name](text)
            except ValueError as error:
                raise self.wrong(f"has an option with an invalid value: {name}") from error
        return taken

    def take_rest(self) -> dict[str, str]:
        """Remove and return all remaining options, as texts by name in lower case."""
        taken, self._texts = self._texts, {}
        return taken

    def refuse_rest(self) -> None:
        """Refuse all remaining options.

        :raises ImproperlyConfigured: there are any.
        """
        if self._texts:
            raise self.wrong(f"has an unknown option: {', '.join(self._texts)}")

    def wrong(self, what: str) -> ImproperlyConfigured:
        return ImproperlyConfigured(f"{self._variable} {what}.")


def _known_to_libpq(options: _Options) -> dict[str, str]:
    texts = options.take_rest()
    if texts:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo

        for name, text in texts.items():
            try:
                make_conninfo(**{name: text})
            except ProgrammingError as error:
                raise options.wrong(f"has an option that libpq does not know: {name}") from error
    return texts


def _known_to_redis(options: _Options, location: str | list[str]) -> str | list[str]:
    """Return the location with the remaining options in its URL, where redis-py converts them."""
    servers = [location] if isinstance(location, str) else location
    for server in servers:
        path = urlsplit(server).path.strip("/")
        if not server.startswith(("redis://", "rediss://", "unix://")):
            raise options.wrong("must begin with redis://, rediss:// or unix:// for a Redis")
        if path and not path.isdecimal() and not server.startswith("unix://"):
            raise options.wrong("names a database that is not a number")
    if texts := options.take_rest():
        from redis import ConnectionPool

        servers = [f"{server}?{urlencode(texts)}" for server in servers]
        for server in servers:
            try:
                # Creates a connection object, but does not connect.
                ConnectionPool.from_url(server).make_connection()
            except (TypeError, ValueError) as error:
                names = ", ".join(texts)
                raise options.wrong(
                    f"has options that redis-py refuses ({names}): {error}"
                ) from error
    return servers if isinstance(location, list) else servers[0]
