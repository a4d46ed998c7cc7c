"""The environment of a server."""

from pathlib import Path

import pytest

from tests.cumulonimbus.processes import production_environment


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """The environment of a server in production."""
    return production_environment(tmp_path)
