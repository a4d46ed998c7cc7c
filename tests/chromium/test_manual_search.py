"""The manual's search: the first hit answers the question."""

import functools
import re
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.manual import build


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Do not log requests."""


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build and serve the manual; return its URL."""
    folder: Path = tmp_path_factory.mktemp("manual")
    build(folder)
    handler = functools.partial(_Handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(
    ("question", "page_with_the_answer"),
    [
        ("how do I rotate the signing key", "operators/keys.html"),
        ("what does 503 with feature 1 mean", "reference/errors.html"),
        ("how do I add an API token to my own view", "hosts/own-views.html"),
    ],
)
def test_the_first_hit_answers(
    open_page: Callable[..., Page], manual: str, question: str, page_with_the_answer: str
) -> None:
    page = open_page()
    page.goto(f"{manual}/index.html")
    search = page.get_by_role("textbox", name="Search").first
    search.fill(question)
    search.press("Enter")
    hits = page.locator("#search-results li a")
    expect(hits.first).to_have_attribute("href", re.compile(f"^{page_with_the_answer}"))
    # The section has the question as its title.
    titles = page.locator("#search-results").get_by_role("link", name=f"> {question}")
    expect(titles).to_have_attribute("href", re.compile(f"^{page_with_the_answer}#"))
