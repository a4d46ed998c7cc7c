"""Cookies that are not safe are refused by a check."""

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

MIDDLEWARE = "sessions_api.http.cookies.middleware.SessionCookieMiddleware"

OF_COOKIES = {"E031", "E032", "W013", "W033"}


def found(*, deploy: bool = False, django: dict[str, Any] | None = None, **changes: Any) -> Any:
    ours = settings.SESSIONS_API | {"INSECURE_COOKIES": False} | changes
    # The project has the middleware, too.
    with override_settings(SESSIONS_API=ours, **{"MIDDLEWARE": []} | (django or {})):
        problems = run_checks(tags=["sessions_api"], include_deployment_checks=deploy)
    # The database is asked, too.
    return [problem.id for problem in problems if str(problem.id)[-4:] in OF_COOKIES]


@pytest.mark.parametrize(
    ("cookies", "insecure", "ids"),
    [
        (True, True, ["sessions_api.E031"]),
        (True, False, []),
        (False, True, []),
    ],
)
def test_insecure_ones_in_production(cookies: bool, insecure: bool, ids: list[str]) -> None:
    assert found(deploy=True, COOKIES=cookies, INSECURE_COOKIES=insecure) == ids
    assert found(COOKIES=cookies, INSECURE_COOKIES=insecure) == []


@pytest.mark.parametrize(
    ("cookies", "cors", "ids"),
    [
        (True, {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True}, ["E032"]),
        (False, {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True}, []),
        (True, {"CORS_ALLOW_ALL_ORIGINS": True}, []),
        (True, {"CORS_ALLOW_CREDENTIALS": True}, []),
    ],
)
def test_pages_of_all_origins(cookies: bool, cors: dict[str, bool], ids: list[str]) -> None:
    assert found(django=cors, COOKIES=cookies) == [f"sessions_api.{one}" for one in ids]


@pytest.mark.parametrize(("cookies", "ids"), [(True, []), (False, ["sessions_api.W033"])])
def test_middleware_without_effect(cookies: bool, ids: list[str]) -> None:
    assert found(django={"MIDDLEWARE": [MIDDLEWARE, "lead.nowhere"]}, COOKIES=cookies) == ids


def test_lifetimes_of_pages() -> None:
    lifetimes: dict[str, Any] = {"pages": {}}
    assert found(COOKIES=True, LIFETIMES=lifetimes) == []
    assert found(COOKIES=False, LIFETIMES=lifetimes) == ["sessions_api.W013"]
