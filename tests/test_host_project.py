"""The apps in another project with another user model. Its tests run in a separate process."""

import subprocess
import sys

from tests.paths import ROOT


def test_the_host_project_passes_its_own_tests() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", "tests/host/pytest.ini", "tests/host"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
