"""The types of the installed apps, as seen by a host's type checker."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.paths import ROOT

HOST = Path(__file__).with_name("club")

#: The codes of errors by file and line.
Reported = Mapping[tuple[str, int], set[str]]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """Return the errors of ``mypy --strict`` for the host. It runs in the host's folder, so that it
    uses the installed apps."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--package", HOST.name),
            *("--no-pretty", "--cache-dir", str(tmp_path_factory.mktemp("mypy"))),
        ],
        cwd=HOST.parent,
        # The plugins import the host's settings.
        env=os.environ | {"PYTHONPATH": str(HOST.parent), "MYPYPATH": ""},
        capture_output=True,
        text=True,
    )
    # 2 means a crash, for example of a plugin.
    assert run.returncode in (0, 1), run.stdout + run.stderr
    found: dict[tuple[str, int], set[str]] = {}
    for line in run.stdout.splitlines():
        if match := re.fullmatch(r"club/(.+):(\d+): error: .*\[([a-z-]+)\]", line):
            found.setdefault((match[1], int(match[2])), set()).add(match[3])
        else:
            assert ": note: " in line or line.startswith(("Found ", "Success")), line
    return found


def test_correct_uses_have_no_errors(reported: Reported) -> None:
    assert {place: codes for place, codes in reported.items() if place[0] != "wrong.py"} == {}


def test_each_wrong_use_is_reported(reported: Reported) -> None:
    lines = (HOST / "wrong.py").read_text().splitlines()
    marked = {
        number: {match[1]}
        for number, line in enumerate(lines, 1)
        if (match := re.search(r"  # ([a-z-]+)$", line))
    }
    assert len(marked) > 10
    found = {line: codes for (file, line), codes in reported.items() if file == "wrong.py"}
    assert found == marked


def test_the_plug_in_of_the_manual_has_none() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "tests/host/lost_devices"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
