"""Fixtures for tests of the project."""

from pathlib import Path

import pytest

from tests.cumulonimbus.processes import production_environment


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """Return the environment variables of a server in production."""
    return production_environment(tmp_path)
