"""The overview in the admin of a host that includes it in its own template."""

import copy
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.utils import quote
from django.test import Client as HttpClient
from django.test import override_settings

from tests.host.callers import LogIn
from tests.host.models import Member

INDEX = """
{% extends "admin/index.html" %}
{% load sessions_overview %}
{% block content %}{% sessions_overview %}{{ block.super }}{% endblock %}
"""


@pytest.fixture
def pages(staff: Member) -> HttpClient:
    browser = HttpClient()
    browser.force_login(staff)
    return browser


def with_index(directory: Any) -> Any:
    """Return settings with which the host has its own index page."""
    (directory / "admin").mkdir()
    (directory / "admin" / "index.html").write_text(INDEX)
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [directory]
    return override_settings(TEMPLATES=templates)


def test_without_the_tag_the_index_page_is_djangos(pages: HttpClient) -> None:
    page = pages.get("/admin/")
    assert page.status_code == 200
    assert "sessions-overview" not in page.content.decode()


def test_the_tag_shows_it(pages: HttpClient, log_in: LogIn, mia: Member, tmp_path: Any) -> None:
    log_in(mia)
    with with_index(tmp_path):
        page = pages.get("/admin/").content.decode()
    assert "active session" in page
    assert "Logins by hour" in page
    assert 'href="/admin/sessions_api/usersession/?state=active"' in page
    assert 'action="/admin/sessions_api/usersession/find/"' in page


@pytest.mark.urls("tests.host.desk")
def test_links_stay_on_the_site(pages: HttpClient, mia: Member, tmp_path: Any) -> None:
    with with_index(tmp_path):
        page = pages.get("/desk/").content.decode()
    assert 'action="/desk/sessions_api/usersession/find/"' in page
    assert "Secure a hijacked account" in page
    assert '="/admin/' not in page


@pytest.mark.urls("tests.host.desk")
@pytest.mark.parametrize("term", ["mia@", "mia@example.com", "{key}"])
def test_the_search_finds_members(pages: HttpClient, mia: Member, term: str) -> None:
    found = pages.get("/desk/sessions_api/usersession/find/", {"q": term.format(key=mia.pk)})
    assert found["Location"] == f"/desk/host/member/{quote(str(mia.pk))}/change/"


@pytest.mark.urls("tests.host.desk")
def test_parts_of_names_are_left_to_lists_that_can_be_searched(
    pages: HttpClient, mia: Member
) -> None:
    page = pages.get("/desk/sessions_api/usersession/find/", {"q": "nobody"}).content.decode()
    assert "Nothing found" in page
    assert "in the list of users" not in page
