"""Which pages and mails are in which language."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings

from sessions_api.notices.services.delivery import send_due
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from tests.admin_paths import LOGIN
from tests.catalogs import LANGUAGES
from tests.failing_pages import login_page_fails_with
from tests.made_up_language import Page

pytestmark = pytest.mark.django_db

ARABIC = "ar"
#: Words of the front page, the page for an address that does not exist, a failure, and a mail.
HOME = {"de": "Anmeldesitzungen", "ar": "جلسات"}
MISSING = {"de": "Seite nicht gefunden", "ar": "الصفحة غير موجودة"}
FAILED = {"de": "Serverfehler", "ar": "خطأ في الخادم"}
BANNED = {"de": "gesperrt", "ar": "حظر"}

in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def asking_for(language: str) -> Client:
    return Client(headers={"Accept-Language": language})


def direction(language: str) -> str:
    return "rtl" if language == ARABIC else "ltr"


def tag(language: str) -> str:
    return f'<html lang="{language}" dir="{direction(language)}">'


def test_the_languages_of_the_project_are_those_with_catalogs() -> None:
    assert {code for code, _ in settings.LANGUAGES} == {"en", *LANGUAGES}


class TestPages:
    @in_each_language
    def test_are_in_the_language_that_the_browser_asks_for(self, language: str) -> None:
        page = asking_for(f"{language}-XX,{language};q=0.9,en;q=0.8").get("/")
        text = page.content.decode()
        assert tag(language) in text
        assert HOME[language] in Page(text).text
        assert page["Content-Language"] == language

    @in_each_language
    def test_are_in_the_language_of_the_cookie(self, language: str) -> None:
        browser = asking_for("en")
        browser.cookies = SimpleCookie({settings.LANGUAGE_COOKIE_NAME: language})
        page = browser.get("/")
        assert tag(language) in page.content.decode()
        # A cache must not give this page to somebody else.
        assert {"Accept-Language", "Cookie"} <= set(page["Vary"].split(", "))

    @pytest.mark.parametrize("language", ["fr", "*", "de-" * 500, "\x00", "en;q=x"])
    def test_are_in_english_otherwise(self, language: str) -> None:
        browser = asking_for(language)
        browser.cookies = SimpleCookie({settings.LANGUAGE_COOKIE_NAME: "../../de"})
        assert '<html lang="en" dir="ltr">' in browser.get("/").content.decode()

    @in_each_language
    def test_errors_below_account_are_translated(self, language: str) -> None:
        page = asking_for(language).get("/account/nowhere/")
        assert page.status_code == 404
        assert tag(language) in page.content.decode()
        assert MISSING[language] in page.content.decode()

    @in_each_language
    @pytest.mark.parametrize("path", ["/nowhere", "/admins/", "/accounts/"])
    def test_all_others_are_in_english(self, language: str, path: str) -> None:
        browser = asking_for(language)
        browser.cookies = SimpleCookie({settings.LANGUAGE_COOKIE_NAME: language})
        page = browser.get(path)
        assert 'lang="en"' in page.content.decode()
        assert page["Content-Language"] == "en"
        with override_settings(LANGUAGE_CODE=language):
            assert browser.get(path).content.decode().count('lang="en"') == 1

    @in_each_language
    def test_a_failing_page_of_the_console_is_translated(self, language: str) -> None:
        browser = Client(headers={"Accept-Language": language}, raise_request_exception=False)
        with login_page_fails_with(LookupError):
            page = browser.get(f"{LOGIN}?next=/")
        assert page.status_code == 500
        assert FAILED[language] in page.content.decode()


class TestMails:
    def letter(self, user: Any, **site: str) -> Any:
        tell(NoticeKind.BANNED, user, actor=Actor(user=user))
        with override_settings(
            SESSIONS_API=settings.SESSIONS_API | {"SITE_URL": "https://site.example"}, **site
        ):
            send_due()
        return mail.outbox[-1]

    @in_each_language
    def test_are_in_the_sites_language(self, ann: Any, language: str) -> None:
        letter = self.letter(ann, LANGUAGE_CODE=language)
        [(html, _)] = letter.alternatives
        assert tag(language) in html
        for text in (letter.subject, letter.body, html):
            assert BANNED[language] in text

    def test_are_in_english_by_default(self, ann: Any) -> None:
        assert self.letter(ann).subject == "Your account at site.example was banned"
