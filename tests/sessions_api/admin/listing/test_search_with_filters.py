"""The search of a list keeps its filters, and the filters keep the search."""

import re
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.test import Client as Browser

from tests.admin_paths import EVENTS, SESSIONS, USERS

pytestmark = pytest.mark.django_db

FORM = re.compile(r'<form id="changelist-search".*?</form>', re.DOTALL)
# A nav or, since Django 6.1, a search.
FILTERS = re.compile(r'<(?:nav|search) id="changelist-filter".*', re.DOTALL)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (SESSIONS, "state", "active"),
        (SESSIONS, "state", "ended"),
        (USERS, "is_active__exact", "1"),
        (EVENTS, "kind__exact", "login"),
    ],
)
def test_they_are_combined(roots_desk: Browser, path: str, name: str, value: str) -> None:
    page = roots_desk.get(path, {name: value, "q": "ann"}).content.decode()
    [form] = FORM.findall(page)
    assert f'<input type="hidden" name="{name}" value="{value}">' in form
    assert 'value="ann"' in form
    [filters] = FILTERS.findall(page)
    links = [parse_qs(unescape(one)) for one in re.findall(r'<a href="\?([^"]+)">', filters)]
    offered = [link for link in links if name in link and link[name] != [value]]
    assert offered
    assert all(link.get("q") == ["ann"] for link in offered)
