"""``manage.py demo``, except for its server, which the test of the tutorial covers."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT


def demo(state: Path, *arguments: str, debug: str = "true") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=ROOT,
        env={"STATE_DIR": str(state), "DEBUG": debug, "SECRET_KEY": "x", "SIGNING_KEYS": "x"}
        if debug == "false"
        else {"STATE_DIR": str(state), "DEBUG": debug},
        capture_output=True,
        text=True,
        timeout=60,
    )


def ask(state: Path, expression: str) -> str:
    """Evaluate an expression with ``User`` and ``UserSession`` on the demo's database."""
    script = (
        "import django; django.setup(); from cumulonimbus.models import User; "
        f"from sessions_api.models import UserSession; print({expression})"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            "STATE_DIR": str(state),
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "cumulonimbus.settings",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def sessions(state: Path) -> str:
    """Return the ids of all sessions with their owners."""
    return ask(
        state, "list(UserSession.objects.order_by('pk').values_list('user__username', 'sid'))"
    )


def test_running_it_twice_changes_nothing(tmp_path: Path) -> None:
    first = demo(tmp_path, "--no-serve")
    assert first.returncode == 0, first.stderr
    assert "http://localhost:8000/api/docs/" in first.stdout
    before = sessions(tmp_path)
    assert all(f"('{name}'" in before for name in ("ann", "bob", "carol", "erin", "dmitri"))
    second = demo(tmp_path, "--no-serve")
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert sessions(tmp_path) == before


def test_the_helper_account_may_only_view(tmp_path: Path) -> None:
    made = demo(tmp_path, "--no-serve")
    assert re.search(r"^helper +\S+ \(staff, may only look", made.stdout, re.MULTILINE)
    helper = "User.objects.get(username='helper')"
    flags = ask(tmp_path, f"{helper}.is_staff, {helper}.is_superuser").split()
    assert flags == ["True", "False"]
    rights = ask(tmp_path, f"*{helper}.get_all_permissions()").split()
    assert "sessions_api.view_usersession" in rights
    assert [right for right in rights if ".view_" not in right] == []


def test_it_refuses_to_run_in_production(tmp_path: Path) -> None:
    refused = demo(tmp_path, "--no-serve", debug="false")
    assert refused.returncode != 0
    assert "DEBUG=true" in refused.stderr
    assert not (tmp_path / "demo-accounts.json").exists()


def test_a_port_in_use_is_reported_before_anything_is_created(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = demo(tmp_path, "--port", str(taken.getsockname()[1]))
    assert refused.returncode != 0
    assert "Choose another with --port" in refused.stderr
    assert not (tmp_path / "demo-accounts.json").exists()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_an_invalid_port_is_refused(tmp_path: Path, port: str) -> None:
    refused = demo(tmp_path, "--port", port)
    assert refused.returncode != 0
    assert "is not a port" in refused.stderr
