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
# A process whose file descriptors are used up could not load them for its first login.
assert {{"argon2", "ua_parser_builtins.matchers"}} <= sys.modules.keys()
from sessions_api.tokens.keys import key_ring
assert key_ring.cache_info().currsize == 1
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_server_process_has_loaded_what_it_needs_and_frozen_its_objects(
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
