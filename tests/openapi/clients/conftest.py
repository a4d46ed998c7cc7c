"""Fixtures with the descriptions as files, and the tools that read them.

(cd tests/openapi/clients && npm ci --ignore-scripts)
pytest tests/openapi/clients
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.openapi.clients.paths import GENERATED, HERE
from tests.openapi.schemas import DIALECTS, document

#: Turns off telemetry and update checks of the tools.
QUIET = {
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    # The generator formats its output with ruff, which must be on the PATH.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Return a function that runs a tool in this folder and returns its output."""

    def run(*command: str) -> str:
        tool = HERE / "node_modules" / ".bin" / command[0]
        argv = [str(tool) if tool.exists() else command[0], *command[1:]]
        done = subprocess.run(
            argv, cwd=HERE, env=os.environ | QUIET, capture_output=True, text=True, check=False
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, printed
        return printed

    return run


@pytest.fixture(scope="session")
def files() -> list[str]:
    """Write the descriptions in JSON, and return their paths relative to this folder."""
    GENERATED.mkdir(exist_ok=True)
    for dialect in DIALECTS:
        (GENERATED / f"{dialect}.json").write_text(json.dumps(document(dialect), indent=1))
    return [f"generated/{dialect}.json" for dialect in DIALECTS]
