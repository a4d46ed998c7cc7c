"""The system checks of what notices need."""

from typing import Any

import pytest
from django.core import checks
from django.urls import path

from sessions_api.notices.checks import check_encryption, check_notices
from sessions_api.notices.urls import urlpatterns as page
from tests.mailers import DUMMY, LOCMEM, send_to_server, send_with
from tests.sessions_api.checks.pasting import pasted

#: A project without the pages.
urlpatterns: list[Any] = [path("nothing/", lambda request: None)]


def found() -> list[str]:
    return [str(message.id) for message in check_notices()]


def given(settings: Any, **changes: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | changes


def test_a_project_in_order() -> None:
    assert found() == []


def test_they_run_with_all_others() -> None:
    assert check_notices in checks.registry.registry.get_checks()
    assert "notices" in checks.registry.registry.tags_available()


@pytest.mark.parametrize(
    ("site", "number"),
    [
        ("", ["notices.W002"]),
        ("https://club.example", []),
        ("https://Club.example:8443/prefix/", []),
        ("http://[::1]:8000", []),
        ("club.example", ["notices.E002"]),
        ("https://", ["notices.E002"]),
        ("ftp://club.example", ["notices.E002"]),
        ("https://club.example?x", ["notices.E002"]),
        ("https://club.example/#x", ["notices.E002"]),
        ("https://ann:secret@club.example", ["notices.E002"]),
        ("https://club.example:99999", ["notices.E002"]),
        ("https://club.example/a b", ["notices.E002"]),
        ("https://club.example\n", ["notices.E002"]),
    ],
)
def test_the_url_of_the_site(settings: Any, site: str, number: list[str]) -> None:
    given(settings, SITE_URL=site)
    assert found() == number
    if not site:
        with pasted(*check_notices()):
            assert found() == []


def test_links_without_https(settings: Any) -> None:
    given(settings, SITE_URL="HTTP://club.example")
    [message] = check_encryption()
    assert message.id == "notices.W006"
    with pasted(message):
        assert check_encryption() == []
    given(settings, NOTICES=())
    assert check_encryption() == []
    given(settings, NOTICES=("banned",))
    settings.DEBUG = True
    assert check_encryption() == []


def test_kinds(settings: Any) -> None:
    given(settings, NOTICES=("new_login", "new_logins"))
    [message] = check_notices()
    assert message.id == "notices.E001"
    assert "'new_logins'" in message.msg
    assert "factors_removed" in message.msg


def test_a_project_that_sends_no_mail(settings: Any) -> None:
    send_with(settings, DUMMY)
    [message] = check_notices()
    assert message.id == "notices.W001"
    assert message.msg == "No notices are sent, because the settings turn mail off."
    with pasted(message):
        assert found() == []


def test_a_user_model_without_addresses(django_user_model: Any) -> None:
    django_user_model.EMAIL_FIELD = "nowhere"
    try:
        assert found() == ["notices.W003"]
    finally:
        django_user_model.EMAIL_FIELD = "email"


def test_pages_that_are_not_mounted(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    [message] = check_notices()
    assert message.id == "notices.E003"
    assert 'include("sessions_api.notices.urls")' in str(message.hint)
    settings.ROOT_URLCONF = "tests.sessions_api.notices.page_only"
    assert len(page) == 1
    assert found() == ["notices.W004"]


def test_a_mail_server_without_a_timeout(settings: Any) -> None:
    send_to_server(settings, 25)
    assert found() == []
    if hasattr(settings, "MAILERS"):
        del settings.MAILERS["default"]["OPTIONS"]["timeout"]
    else:
        settings.EMAIL_TIMEOUT = None
    [message] = check_notices()
    assert message.id == "notices.W005"
    with pasted(message):
        assert found() == []
    send_with(settings, LOCMEM)
    assert found() == []


def test_settings_that_cannot_be_read_are_the_business_of_others(settings: Any) -> None:
    given(settings, NOTICES="new_login")
    assert found() == []
