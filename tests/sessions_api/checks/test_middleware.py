"""Middleware that is missing, or stands in the wrong place."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import modify_settings, override_settings

from sessions_api.checks.middleware import CORS, INPUT, check_access_log, check_cors, check_input
from tests.sessions_api.checks.pasting import pasted

SECURITY = "django.middleware.security.SecurityMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
#: A middleware that is a function.
PLAIN = f"{__name__}.plain"
installed = modify_settings(INSTALLED_APPS={"append": "corsheaders"})


def plain(get_response: Any) -> Any:
    return get_response


@pytest.mark.parametrize(
    "middleware",
    [[], [SECURITY, COMMON], [SECURITY, CORS], [PLAIN, COMMON, CORS], [SECURITY, COMMON, CORS]],
)
def test_cors_that_is_missing_or_comes_late(middleware: Sequence[str]) -> None:
    with installed, override_settings(MIDDLEWARE=middleware):
        [message] = check_cors()
        assert message.id == "sessions_api.W017"
        with pasted(message):
            assert check_cors() == []


@pytest.mark.parametrize(
    "middleware",
    [
        [CORS, SECURITY, COMMON],
        [PLAIN, CORS, COMMON],
        # A middleware that cannot be imported, which Django itself reports.
        ["no.such.Middleware", CORS, COMMON],
        # A subclass of it.
        ["cumulonimbus.middleware.CorsMiddleware", SECURITY],
    ],
)
def test_cors_that_comes_first(middleware: Sequence[str]) -> None:
    with installed, override_settings(MIDDLEWARE=middleware):
        assert check_cors() == []


def test_without_the_app_there_is_nothing_to_say() -> None:
    with override_settings(MIDDLEWARE=[SECURITY]):
        assert check_cors() == []


def test_input_that_no_database_takes() -> None:
    assert check_input() == []
    with override_settings(MIDDLEWARE=[SECURITY, COMMON]):
        [message] = check_input()
        assert message.id == "sessions_api.W018"
        with pasted(message):
            assert check_input() == []
    with override_settings(MIDDLEWARE=[SECURITY, INPUT]):
        assert check_input() == []


def test_an_access_log_without_its_middleware(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"ACCESS_LOG": True}
    assert check_access_log() == []
    settings.MIDDLEWARE = [SECURITY]
    [message] = check_access_log()
    assert message.id == "sessions_api.W034"
    with pasted(message):
        assert check_access_log() == []
    settings.SESSIONS_API = settings.SESSIONS_API | {"ACCESS_LOG": False}
    assert check_access_log() == []


def test_without_an_admin_it_does_not_matter(settings: Any) -> None:
    settings.MIDDLEWARE = []
    settings.INSTALLED_APPS = [one for one in settings.INSTALLED_APPS if "Admin" not in one]
    assert check_input() == []
