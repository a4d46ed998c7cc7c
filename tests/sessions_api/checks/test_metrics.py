"""Metrics that could be read by others, or that are not counted."""

import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.checks.metrics import MIDDLEWARE, check_metrics
from tests.sessions_api.checks.pasting import pasted

TOKEN = "0123456789abcdef" * 2


def metrics(*middleware: str, token: str = TOKEN, folder: Path | None = None) -> override_settings:
    given = settings.SESSIONS_API | {"METRICS_TOKEN": token, "METRICS_DIR": folder}
    return override_settings(SESSIONS_API=given, MIDDLEWARE=[*middleware])


def ids() -> list[str | None]:
    return [message.id for message in check_metrics()]


def test_metrics_that_are_off_or_as_they_should_be(tmp_path: Path) -> None:
    assert ids() == []
    with metrics(token="", folder=Path("/dev/null/x")):
        assert ids() == []
    with metrics(MIDDLEWARE):
        assert ids() == []
    with metrics(MIDDLEWARE, folder=tmp_path / "made" / "later"):
        assert ids() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["secret", TOKEN[:-1], "é" * 40, f"{TOKEN}\n"])
def test_a_token_that_could_be_guessed_or_not_be_sent(token: str) -> None:
    with metrics(MIDDLEWARE, token=token):
        assert ids() == ["sessions_api.E050"]


def test_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with metrics():
        assert ids() == ["sessions_api.E051"]


def test_a_missing_middleware() -> None:
    with metrics():
        [message] = check_metrics()
        assert message.id == "sessions_api.W052"
        with pasted(message):
            assert ids() == []


def test_a_folder_that_cannot_be_written_to(tmp_path: Any) -> None:
    (tmp_path / "file").touch(0o755)
    (tmp_path / "astray").symlink_to(tmp_path / "nowhere")
    # Root may write to the latter by their permissions.
    virtual = (Path("/proc/metrics"), Path("/sys/metrics"))
    ours = (tmp_path / "file", tmp_path / "file" / "metrics", tmp_path / "astray")
    for folder in (*ours, *virtual):
        with metrics(MIDDLEWARE, folder=folder):
            assert ids() == ["sessions_api.W053"]
