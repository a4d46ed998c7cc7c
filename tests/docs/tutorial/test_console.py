"""The tutorial's commands, run verbatim against the demo."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.manual import blocks, chapter
from tests.paths import ROOT


def console() -> list[tuple[str, str]]:
    """Return each command of the tutorial with its output."""
    text = "".join(blocks("console", "".join(chapter("tutorial"))))
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    return [(command, output.strip()) for command, output in steps]


def normal(text: str) -> str:
    """Replace what differs between runs: tokens, secrets, times and session ids."""
    text = re.sub(r"eyJ[\w.-]+…?", "TOKEN", text)
    text = re.sub(r'"[A-Z2-7]{32}"', "SECRET", text)
    text = re.sub(r'"[0-9a-hjkmnp-tv-z]{10}"', "BACKUP CODE", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r"\b\d{10}\b", "ID", text)


def pause(command: str) -> str:
    """Return a command that waits as long as a reader would: three calls per second are allowed."""
    return "sleep 0.35" if "curl" in command else "true"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """Start a demo with its own state, and yield its output."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE"}
    } | {"DEBUG": "true", "STATE_DIR": str(tmp_path)}
    log = tmp_path / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/", process)
        yield log.read_text()
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demo has ended"
        try:
            urlopen(url, timeout=2).close()  # noqa: S310
        except URLError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the demo does not answer")


def test_helpers_report_a_response_without_the_expected_field() -> None:
    helpers = [command for command, _ in console() if "() {" in command][:2]
    answer = '{"code":"RATELIMITED_ERROR"}'
    for use, missing in (("field token", "token"), ("first_id", "id")):
        run = subprocess.run(
            ["bash"],
            input="\n".join([*helpers, f"echo '{answer}' | {use}"]),
            capture_output=True,
            text=True,
        )
        assert (run.stdout, run.stderr) == ("", f"No {missing}: {{'code': 'RATELIMITED_ERROR'}}\n")


def test_every_command_prints_the_output_in_the_tutorial(demo: str) -> None:
    steps = console()
    assert len(steps) > 30
    passwords = dict(re.findall(r"^(ann|admin) +(\S+)", demo, re.MULTILINE))
    address = re.search(r"http://localhost:\d+", demo)
    assert address
    # The demo suggests this command, which the reader may have run first.
    hint = re.search(r"^Log in:\n(curl .*)$", demo, re.MULTILINE)
    assert hint
    mark = "-- end of step --"
    script = "\n".join(
        [
            f"{hint[1]} >/dev/null; sleep 1",
            f"PASSWORD='{passwords['ann']}' ADMIN_PASSWORD='{passwords['admin']}'",
            *[f"{command}\necho; echo '{mark}'; {pause(command)}" for command, _ in steps],
        ]
    ).replace("http://localhost:8000", address[0])
    run = subprocess.run(
        ["bash"], input=script, capture_output=True, text=True, timeout=60, check=True
    )
    printed = [part.strip() for part in run.stdout.split(mark)]
    for (command, expected), actual in zip(steps, printed, strict=False):
        assert normal(actual) == normal(expected), command
    assert run.stderr == ""
