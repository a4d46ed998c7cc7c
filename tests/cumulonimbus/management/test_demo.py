"""``manage.py demo``, except for its server, which the test of the tutorial covers."""

import json
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


def test_two_accounts_may_do_everything(tmp_path: Path) -> None:
    """Else nobody could try what a second person has to confirm."""
    made = demo(tmp_path, "--no-serve")
    assert re.search(r"^admin +\S+ \(staff, may do everything\)", made.stdout, re.MULTILINE)
    assert re.search(r"^deputy +\S+ \(staff, .* second person\)", made.stdout, re.MULTILINE)
    chiefs = "*User.objects.filter(is_superuser=True, is_staff=True).values_list('username')"
    assert ask(tmp_path, chiefs).split() == ["('admin',)", "('deputy',)"]


def test_accounts_of_a_newer_version_get_their_passwords(tmp_path: Path) -> None:
    first = demo(tmp_path, "--no-serve").stdout
    passwords = tmp_path / "demo-accounts.json"
    kept = json.loads(passwords.read_text())
    del kept["deputy"]
    passwords.write_text(json.dumps(kept))
    ask(tmp_path, "User.objects.filter(username='deputy').delete()")
    second = demo(tmp_path, "--no-serve").stdout
    changed = [line for line in second.splitlines() if line not in first.splitlines()]
    assert [line.split()[0] for line in changed] == ["deputy"]
    assert demo(tmp_path, "--no-serve").stdout == second
    assert passwords.stat().st_mode & 0o777 == 0o600


def test_damaged_passwords_are_reported(tmp_path: Path) -> None:
    for text in ("{", "[]"):
        (tmp_path / "demo-accounts.json").write_text(text)
        damaged = demo(tmp_path, "--no-serve")
        assert damaged.returncode != 0
        assert "is damaged. Delete it" in damaged.stderr


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
