"""Tracing that has no effect."""

import sys

import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.checks.tracing import MIDDLEWARE, check_tracing
from tests.sessions_api.checks.pasting import pasted


def tracing(*middleware: str) -> override_settings:
    given = settings.SESSIONS_API | {"TRACING": True}
    return override_settings(SESSIONS_API=given, MIDDLEWARE=[*middleware])


def test_tracing_that_is_off_or_as_it_should_be() -> None:
    assert check_tracing() == []
    with tracing(MIDDLEWARE):
        assert check_tracing() == []


def test_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with tracing():
        [message] = check_tracing()
        assert message.id == "sessions_api.E054"


def test_a_missing_middleware() -> None:
    with tracing():
        [message] = check_tracing()
        assert message.id == "sessions_api.W055"
        with pasted(message):
            assert check_tracing() == []
