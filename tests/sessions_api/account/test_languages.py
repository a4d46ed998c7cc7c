"""The choice of a language at the bottom of each page. It needs no JavaScript."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests.sessions_api.account.visitor import LOGIN, SESSIONS, Visitor

pytestmark = pytest.mark.django_db

CHOICE = "/account/language/"
GERMAN, ARABIC = '<html lang="de" dir="ltr">', '<html lang="ar" dir="rtl">'


def html_of(page: Any) -> str:
    text: str = page.content.decode()
    return text


def test_a_choice_lasts(visitor: Visitor) -> None:
    visitor.open(LOGIN)
    for language, tag in (("de", GERMAN), ("ar", ARABIC)):
        page = visitor.send(CHOICE, language=language)
        assert (page.status_code, page["Location"]) == (302, LOGIN)
        cookie = page.cookies[settings.LANGUAGE_COOKIE_NAME]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["max-age"] == settings.LANGUAGE_COOKIE_AGE
        assert tag in html_of(visitor.follow())
        assert f'<option value="{language}" lang="{language}" selected>' in html_of(visitor.page)
    assert ARABIC in html_of(visitor.log_in().page)


def test_languages_have_their_own_names(visitor: Visitor) -> None:
    for accepted in ("en", "ar"):
        page = html_of(visitor.open(LOGIN, HTTP_ACCEPT_LANGUAGE=accepted))
        names = re.findall(r"<option[^>]*>([^<]*)</option>", page)
        assert names == ["English", "Deutsch", "العربية"]


def test_it_leads_back_to_the_page(anns: Visitor) -> None:
    anns.open(f"{SESSIONS}?before=1&x=<")
    assert anns.send(CHOICE, language="de")["Location"] == f"{SESSIONS}?before=1&x=%3C"


def test_it_leads_to_no_other_site(visitor: Visitor) -> None:
    visitor.open(LOGIN)
    for url in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        page = visitor.send(CHOICE, language="de", next=url)
        assert "evil" not in page["Location"]
        assert "script" not in page["Location"]
        visitor.open(LOGIN)


@pytest.mark.parametrize("language", ["", "fr", "xx", "../de", "de\r\nSet-Cookie: a=b", "x" * 999])
def test_other_languages_change_nothing(visitor: Visitor, language: str) -> None:
    visitor.open(LOGIN)
    assert visitor.send(CHOICE, language=language).status_code == 302
    assert '<html lang="en" dir="ltr">' in html_of(visitor.follow())


def test_it_needs_the_proof_of_a_page(visitor: Visitor) -> None:
    visitor.open(LOGIN)
    page = visitor.post(CHOICE, {"language": "de"})
    assert page.status_code == 403
    assert f'href="{SESSIONS}"' in html_of(page)
    assert 'class="brand"' in html_of(page)
    assert settings.LANGUAGE_COOKIE_NAME not in visitor.browser.cookies


def test_a_link_chooses_nothing(visitor: Visitor) -> None:
    visitor.open(f"{CHOICE}?language=de")
    assert settings.LANGUAGE_COOKIE_NAME not in visitor.browser.cookies


@pytest.mark.parametrize(
    "changed",
    [
        {"LANGUAGES": [("de", "Deutsch")]},
        {
            "MIDDLEWARE": [
                name for name in settings.MIDDLEWARE if not name.endswith("LocaleMiddleware")
            ]
        },
    ],
    ids=["one language", "no middleware"],
)
def test_without_a_choice_none_is_offered(changed: Any) -> None:
    with override_settings(**changed):
        visitor = Visitor()
        assert CHOICE not in html_of(visitor.open(LOGIN))
