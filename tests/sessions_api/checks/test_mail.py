"""Links for new passwords that could not be mailed, or would lead nowhere."""

import sys
from types import ModuleType

import pytest
from django.contrib import admin
from django.test import override_settings
from django.urls import path

from sessions_api.checks.mail import check_mail

URLS = "urls_of_a_host_that_mails"


def test_the_project_mails_links() -> None:
    assert check_mail() == []


def test_a_host_without_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = ModuleType(URLS)
    urls.urlpatterns = [path("admin/", admin.site.urls)]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, URLS, urls)
    with override_settings(ROOT_URLCONF=URLS):
        [message] = check_mail()
    assert (message.id, "has no page" in message.msg) == ("sessions_api.W019", True)
    exec(str(message.hint).split("\n", maxsplit=1)[1], vars(urls))  # noqa: S102
    with override_settings(ROOT_URLCONF=URLS):
        assert check_mail() == []
