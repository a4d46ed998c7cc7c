"""The parts that a process depends on, each with a check that raises if the part fails."""

from collections.abc import Callable

from django.core.cache import caches
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor

from sessions_api.conf import api_settings
from sessions_api.models import UserSession
from sessions_api.tokens.keys import key_ring

#: Key of a cache entry that does not exist: the cache only has to answer.
_UNKNOWN_KEY = "sessions_api.health"


class MigrationsMissing(Exception):
    """The database lacks migrations that this version needs."""


def check_database() -> None:
    """Run a statement in the database of the sessions.

    :raises django.db.Error: the database is unavailable.
    """
    with connections[_alias()].cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Compare the database with the migrations of the installed apps.

    :raises MigrationsMissing: some are not applied.
    :raises django.db.Error: the database is unavailable.
    """
    executor = MigrationExecutor(connections[_alias()])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MigrationsMissing


def check_signing_key() -> None:
    """Load the keys that sign and verify tokens.

    :raises ImproperlyConfigured: they cannot be used.
    """
    key_ring()


def check_cache() -> None:
    """Read from the cache that counts requests.

    :raises Exception: the cache is unavailable, with its client's own error.
    """
    caches[api_settings().RATELIMIT_CACHE].get(_UNKNOWN_KEY)


#: Without these, requests fail.
NECESSARY: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "signing_key": check_signing_key,
}
#: Without these, requests are served: each process counts them in its memory instead.
REPLACEABLE: dict[str, Callable[[], None]] = {"cache": check_cache}


def _alias() -> str:
    return router.db_for_write(UserSession)
