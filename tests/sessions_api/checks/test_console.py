"""The middleware of the console's sessions is missing, or stands in the wrong place."""

from collections.abc import Sequence

import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.checks.console import AUTHENTICATION, CONSOLE, check_console
from tests.sessions_api.checks.pasting import pasted

#: A subclass of the project's.
OURS = "cumulonimbus.middleware.ConsoleSessionMiddleware"

on = override_settings(SESSIONS_API=settings.SESSIONS_API | {"CONSOLE_SESSIONS": True})


@on
@pytest.mark.parametrize(
    "middleware", [[], [AUTHENTICATION], [CONSOLE, AUTHENTICATION], [OURS, AUTHENTICATION]]
)
def test_that_is_missing_or_comes_early(middleware: Sequence[str]) -> None:
    with override_settings(MIDDLEWARE=middleware):
        [message] = check_console()
        assert message.id == "sessions_api.E034"
        if AUTHENTICATION in middleware:
            with pasted(message):
                assert check_console() == []


@on
@pytest.mark.parametrize("last", [CONSOLE, OURS])
def test_in_its_place(last: str) -> None:
    with override_settings(MIDDLEWARE=[AUTHENTICATION, last]):
        assert check_console() == []


@on
def test_in_the_project() -> None:
    assert check_console() == []


@override_settings(MIDDLEWARE=[])
def test_not_needed_if_the_setting_is_off() -> None:
    assert check_console() == []
