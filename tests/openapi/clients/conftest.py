"""The descriptions as files, and the tools that read them.

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

from tests.openapi.clients.places import GENERATED, HERE
from tests.openapi.schemas import DIALECTS, document

#: No tool tells anybody of its runs, or asks what else there is.
QUIET = {
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    # Generated Python is formatted by ruff, which must be found.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Run a tool in this folder; what it printed. It must succeed."""

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
    """The descriptions in JSON: their paths, as seen from this folder."""
    GENERATED.mkdir(exist_ok=True)
    for dialect in DIALECTS:
        (GENERATED / f"{dialect}.json").write_text(json.dumps(document(dialect), indent=1))
    return [f"generated/{dialect}.json" for dialect in DIALECTS]
