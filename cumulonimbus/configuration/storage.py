"""The database and the cache: what their URLs say, and options that suit this service."""

from pathlib import Path

from cumulonimbus.configuration import service_urls
from cumulonimbus.configuration.environment import Settings, flag

_SQLITE_OPTIONS: Settings = {
    # Seconds to wait for another writer. A transaction that has begun with a read cannot wait, so
    # every transaction takes the write lock when it begins.
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
}
_POSTGRESQL_OPTIONS: Settings = {
    # Timeouts for a server that does not respond: seconds to connect (at least 2), milliseconds
    # until sent data must be acknowledged, seconds until idle connections are probed.
    "connect_timeout": 2,
    "tcp_user_timeout": 3000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
#: One pool per process. For its timeouts, see sessions_api/databases/postgresql/base.py.
_POOL: Settings = {"min_size": 2, "max_size": 20, "timeout": 0.1, "reconnect_timeout": 0}


def database(url: str, state_dir: Path) -> Settings:
    """Return the settings of the database.

    :param url: a URL for :func:`.service_urls.database_settings`; empty for an SQLite file.
    :param state_dir: the directory of that file, which is created.
    """
    if url:
        settings = service_urls.database_settings(url)
    else:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": state_dir / "db.sqlite3"}
    options: Settings = {}
    if settings["ENGINE"].endswith("sqlite3"):
        options = _SQLITE_OPTIONS
    elif settings["ENGINE"].endswith("postgresql"):
        # Django's backend, made to cope with restarts and outages of the server.
        settings["ENGINE"] = "sessions_api.databases.postgresql"
        options = dict(_POSTGRESQL_OPTIONS)
        if flag("PREPARED_STATEMENTS", default=True):
            # Prepare the statement of every request on its first use in a connection. (The ORM's
            # other statements are not prepared: Django inserts the values into the SQL.)
            options["prepare_threshold"] = 0
        if settings.get("CONN_MAX_AGE"):
            # Cheap: the check only looks at the socket.
            settings["CONN_HEALTH_CHECKS"] = True
        else:
            options["pool"] = _POOL
    return settings | {"OPTIONS": options | settings.get("OPTIONS", {})}


def cache(url: str) -> Settings:
    """Return the settings of the cache.

    :param url: a URL for :func:`.service_urls.cache_settings`; empty for one in the process.
    """
    settings = service_urls.cache_settings(url or "locmemcache://")
    options: Settings = {}
    if settings["BACKEND"].endswith("LocMemCache"):
        # It holds the rate limit counters, and a full cache discards a third of its entries.
        options = {"MAX_ENTRIES": 100_000}
    elif settings["BACKEND"].endswith("RedisCache"):
        # In seconds. Short, because requests wait this long if Redis is down.
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 1}
    return settings | {"OPTIONS": options | settings.get("OPTIONS", {})}
