"""What a server process has loaded before its first request."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOK = """
import gc, sys
from cumulonimbus.{0} import application
assert "sessions_api.http.dialects.v5.urls" in sys.modules
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_server_process_has_loaded_the_urls_and_frozen_its_objects(
    interface: str, tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOOK.format(interface)],
        env=os.environ | {"DEBUG": "true", "STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    frozen, watched = map(int, run.stdout.split())
    assert frozen > 50_000
    assert watched < 1_000
