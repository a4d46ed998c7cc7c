"""Newcomers' environments, databases and projects."""

import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from redis import Redis

from tests.as_printed.project import Project

#: The environments, by name. ``nox -s hosts`` makes one of the wheel, with the newest Django.
ENVIRONMENTS = {"checkout": sys.executable} | (
    {"wheel": os.environ["HOST_PYTHON"]} if "HOST_PYTHON" in os.environ else {}
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test in the newest environment, or in all of them if it is marked ``everywhere``."""
    if "project" in metafunc.fixturenames:
        names = list(ENVIRONMENTS)
        everywhere = metafunc.definition.get_closest_marker("everywhere")
        metafunc.parametrize("environment", names if everywhere else names[-1:])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "everywhere: the test runs in each environment")


@pytest.fixture
def project(environment: str, tmp_path: Path) -> Project:
    """An empty folder for a project."""
    return Project(tmp_path, ENVIRONMENTS[environment])


@pytest.fixture
def server_settings() -> Iterator[str]:
    """Lines with a newcomer's own database on the suite's PostgreSQL, and keys in its Redis.

    They stand after those that the manual prints.
    """
    name = f"newcomer_{uuid.uuid4().hex[:12]}"
    given, location = settings.DATABASES["default"], settings.CACHES["default"]["LOCATION"]
    login = {key: given[key] for key in ("HOST", "PORT", "USER", "PASSWORD") if given[key]}
    options = {key.lower(): value for key, value in login.items()} | {"dbname": "postgres"}
    with psycopg.connect(**options, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield (
            f'DATABASES["default"] |= {login | {"NAME": name}!r}\n'
            f'CACHES["default"] |= {{"LOCATION": {location!r}, "KEY_PREFIX": "{name}"}}\n'
        )
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    with Redis.from_url(location) as redis:
        for key in redis.scan_iter(f"{name}:*"):
            redis.delete(key)
