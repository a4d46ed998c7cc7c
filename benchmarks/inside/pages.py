"""Visits to the admin's list of sessions by a superuser."""

import time
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.db import connection
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.paths import HOST
from cumulonimbus.models import User
from sessions_api.models import UserSession
from sessions_api.testing import open_console

LIST = "/admin/sessions_api/usersession/"
#: The statement timeout in milliseconds. A page that exceeds it has failed.
TIMEOUT = 20_000
#: The number of rows above which a sequential scan is reported.
LARGE = 10_000


@dataclass
class Page:
    """A page, and what was measured of it.

    :param path: its path and query.
    :param status: the status of its response.
    :param seconds: the server's time for each visit.
    :param queries: the number of queries.
    :param scanned: the large tables that its queries read with sequential scans.
    :param failure: the error of the database, if any.
    """

    path: str
    status: int = 0
    seconds: list[float] = field(default_factory=list)
    queries: int = 0
    scanned: list[str] = field(default_factory=list)
    failure: str = ""


def visit(count: int) -> list[dict[str, Any]]:
    """Visit the list, its searches, and all links of the list to itself.

    :param count: the number of visits to each page.
    :returns: the fields of a :class:`Page` for each page.
    """
    browser = Client(headers={"Host": HOST, "X-Forwarded-Proto": "https"})
    name = f"superuser-{timezone.now().timestamp():.0f}"
    root = User.objects.create_superuser(name)
    browser.force_login(root)
    open_console(browser, root)
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {TIMEOUT}")
    links = _links(browser.get(LIST).content.decode())
    paths = [LIST, *(f"{LIST}?q={term}" for term in _terms()), *(f"{LIST}{link}" for link in links)]
    return [asdict(_visit(browser, path, count)) for path in paths]


def _visit(browser: Client, path: str, count: int) -> Page:
    page = Page(path)
    try:
        with CaptureQueriesContext(connection) as captured:
            page.status = browser.get(path).status_code
        page.queries = len(captured)
        page.scanned = sorted(
            {table for query in captured for table in _scanned(query["sql"] or "")}
        )
        for _ in range(count):
            start = time.perf_counter()
            browser.get(path)
            page.seconds.append(time.perf_counter() - start)
    except DatabaseError as error:
        page.failure = str(error).strip()
    return page


def _terms() -> list[str]:
    """Return search terms: a username, an address, a network, a user's id and a session's id."""
    session = UserSession.objects.select_related("user").order_by("pk")[1000:].first()
    assert session
    return [
        session.user.username,
        str(session.address),
        "10.20.0.0/16",
        str(session.user_id),
        str(session.sid),
    ]


class _LinkParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") or ""
        # Filters, orderings and further pages are links with only a query string.
        if tag == "a" and target.startswith("?") and len(target) > 1:
            self.found[target] = None


def _links(page: str) -> list[str]:
    parser = _LinkParser()
    parser.feed(page)
    return list(parser.found)


def _scanned(query: str) -> set[str]:
    """Return the large tables that a query's plan reads with sequential scans."""
    if not query.startswith("SELECT"):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
        [plan] = cursor.fetchone()[0]
        read = {
            node["Relation Name"] for node in _nodes(plan["Plan"]) if "Seq" in node["Node Type"]
        }
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples > %s",
            [list(read), LARGE],
        )
        return {name for (name,) in cursor.fetchall()}


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(inner for one in node.get("Plans", []) for inner in _nodes(one))]
