"""Databases for one test each, on the PostgreSQL server of the suite."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


def url_of(database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}", query="").geturl()


def connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


@contextmanager
def database() -> Iterator[str]:
    """Create an empty database within the block, and yield its URL."""
    name = f"test_cumulonimbus_{secrets.token_hex(4)}"
    identifier = sql.Identifier(name)
    with connect(url_of("template1")) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            yield url_of(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
