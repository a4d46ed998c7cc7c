"""What the account pages need is asked for by a check, with the line to add."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import clear_url_caches

from killswitches.checks import COMPLETE_FORMS

CSRF = "django.middleware.csrf.CsrfViewMiddleware"


def found() -> dict[str, str]:
    problems = run_checks(tags=["sessions_api"])
    ours = [one for one in problems if str(one.id).startswith("account_pages.")]
    return {str(one.id): str(one.hint) for one in ours}


@pytest.mark.django_db
def test_the_service_has_all_of_it() -> None:
    assert found() == {}


@pytest.mark.django_db
def test_cookies_that_are_off(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"COOKIES": False}
    assert 'SESSIONS_API["COOKIES"] = True' in found()["account_pages.E001"]


@pytest.mark.django_db
def test_no_csrf_middleware() -> None:
    with override_settings(MIDDLEWARE=["lead.nowhere"]):
        assert CSRF in found()["account_pages.E002"]
    with override_settings(MIDDLEWARE=[CSRF, COMPLETE_FORMS]):
        assert found() == {}


@pytest.mark.django_db
def test_no_middleware_for_incomplete_forms() -> None:
    with override_settings(MIDDLEWARE=[CSRF]):
        [(number, hint)] = found().items()
    assert number == "account_pages.W004"
    assert f'MIDDLEWARE = ["{COMPLETE_FORMS}", *MIDDLEWARE]' in hint


@pytest.mark.django_db
def test_pages_that_are_not_mounted() -> None:
    with override_settings(ROOT_URLCONF="sessions_api.urls"):
        clear_url_caches()
        assert 'include("sessions_api.account.urls")' in found()["account_pages.W003"]
