"""Signing keys that are missing, and how the hint makes them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.checks.keys import check_signing_keys
from sessions_api.tokens.keys import key_ring
from tests.sessions_api.checks.pasting import pasted


def keys(*sources: str | Path) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | {"SIGNING_KEYS": sources})


def run_command(hint: str | None, folder: Path) -> None:
    """Run the line of the hint that makes a key."""
    [command] = [line for line in str(hint).splitlines() if line.startswith("openssl ")]
    subprocess.run(command.split(), cwd=folder, check=True)


def test_the_project_has_one() -> None:
    assert check_signing_keys() == []


def test_none_is_a_warning_in_development_and_each_process_makes_its_own(
    development: Any, tmp_path: Path
) -> None:
    with development(), keys():
        assert key_ring() is key_ring()
        [message] = check_signing_keys()
        assert message.id == "sessions_api.W003"
        run_command(message.hint, tmp_path)
        with override_settings(BASE_DIR=tmp_path), pasted(message):
            assert settings.SESSIONS_API["SIGNING_KEYS"] == [tmp_path / "signing-key.pem"]
            assert check_signing_keys() == []


@pytest.mark.usefixtures("production")
def test_none_is_an_error_in_production(tmp_path: Path) -> None:
    with keys():
        [message] = check_signing_keys()
        assert (message.id, "names no key" in message.msg) == ("sessions_api.E003", True)
        run_command(message.hint, tmp_path)
        with override_settings(BASE_DIR=tmp_path), pasted(message):
            assert check_signing_keys() == []


def test_a_file_that_is_missing_is_made_by_the_hint(development: Any, tmp_path: Path) -> None:
    path = tmp_path / "of ours.pem"
    with development(), keys(path):
        [message] = check_signing_keys()
        assert message.id == "sessions_api.E003"
        assert str(message.hint).endswith(f"{path}'")
    subprocess.run(["bash", "-c", str(message.hint).splitlines()[-1]], check=True)
    with keys(path):
        assert check_signing_keys() == []


def test_a_file_that_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----")
    with keys(path):
        [message] = check_signing_keys()
    assert (message.id, "rubbish" in str(message)) == ("sessions_api.E003", False)
