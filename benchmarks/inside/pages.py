"""The admin's list of sessions, as a superuser walks through it."""

import time
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.db import connection
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.places import HOST
from cumulonimbus.models import User
from sessions_api.models import UserSession

LIST = "/admin/sessions_api/usersession/"
#: A page that takes longer has failed, in milliseconds.
PATIENCE = 20_000
#: Rows from which on reading a whole table is no small matter.
LARGE = 10_000


@dataclass
class Page:
    """:param seconds: of each visit, in the server.
    :param scanned: the large tables that a query of the page reads from end to end.
    """

    path: str
    status: int = 0
    seconds: list[float] = field(default_factory=list)
    queries: int = 0
    scanned: list[str] = field(default_factory=list)
    failure: str = ""


def visit(count: int) -> list[dict[str, Any]]:
    """The list, what is searched for, and wherever the list's own links lead within it.

    :param count: of visits to each page.
    """
    browser = Client(headers={"Host": HOST, "X-Forwarded-Proto": "https"})
    name = f"superuser-{timezone.now().timestamp():.0f}"
    browser.force_login(User.objects.create_superuser(name))
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {PATIENCE}")
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
    """What staff look for: somebody, an address, a network, a user's id, a session's."""
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
        # Filters, orders and further pages of a list are queries of its own path.
        if tag == "a" and target.startswith("?") and len(target) > 1:
            self.found[target] = None


def _links(page: str) -> list[str]:
    parser = _LinkParser()
    parser.feed(page)
    return list(parser.found)


def _scanned(query: str) -> set[str]:
    """The large tables that a query's plan reads from end to end."""
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
