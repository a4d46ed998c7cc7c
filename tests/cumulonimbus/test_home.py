"""The front page, and what browsers and crawlers ask of every site."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, override_settings

from tests.catalogs import LANGUAGES
from tests.made_up_language import HEADERS, spoken, unmarked


@pytest.mark.django_db
def test_the_front_page_leads_to_the_documentation_and_the_console(client: Client) -> None:
    """Where the admin's "View site" leads, too. The links are relative: there may be a prefix."""
    links = re.findall(r'<a href="([^"]+)"', client.get("/").content.decode())
    assert links == ["account/", "api/docs/", "admin/"]
    assert [client.get(f"/{link}").status_code for link in links] == [302, 200, 302]


@override_settings(MANUAL_URL="https://docs.example/?a=1&b=<")
def test_it_leads_to_the_manual_if_the_address_is_known(client: Client) -> None:
    assert 'href="https://docs.example/?a=1&amp;b=&lt;"' in client.get("/").content.decode()


def test_it_loads_nothing_but_its_own_style_and_icon(client: Client) -> None:
    page = client.get("/")
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    text = page.content.decode()
    files = re.findall(r'<link [^>]*href="/static/([^"]+)"', text)
    assert len(files) == 2
    assert all(finders.find(name) for name in files)
    assert not re.search(r"<script|<style|style=|//", text)


@pytest.mark.parametrize("language", ["", *LANGUAGES])
def test_its_texts_are_marked_and_translated(client: Client, language: str) -> None:
    with spoken(language):
        page = client.get("/", headers=HEADERS)
    assert not unmarked(page.content.decode())


def test_crawlers_are_sent_away(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == "User-agent: *\nDisallow: /\n"


def test_the_icon_is_found_without_a_page(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert finders.find(answer["Location"].removeprefix("/static/"))


@pytest.mark.parametrize("path", ["/", "/robots.txt", "/favicon.ico"])
def test_they_only_answer_reads(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
