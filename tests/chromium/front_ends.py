"""Pages that use the published client: a front end of the service's origin, and one of another."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

from tests.published_client.front_end import CALL, CLIENT, Send

HOME = "/front-end"
HTML = f"""<!doctype html><html lang=en><title>A front end</title>
<script type="importmap">{{"imports": {{"cumulonimbus-wrapper": "{HOME}/client.js"}}}}</script>
<script type="module">
  import {{ call }} from "{HOME}/call.js";
  window.call = call;
</script></html>"""


def files() -> dict[str, tuple[str, str]]:
    """The type and the content of each file of a front end, by path."""
    return {
        HOME: ("text/html", HTML),
        f"{HOME}/call.js": ("text/javascript", CALL.read_text()),
        f"{HOME}/client.js": ("text/javascript", CLIENT.read_text()),
    }


def open_here(page: Page) -> Send:
    """Open a front end of the service's own origin."""
    known = files()

    def fulfil(route: Route) -> None:
        kind, content = known[urlsplit(route.request.url).path]
        route.fulfill(content_type=kind, body=content)

    page.route(f"**{HOME}**", fulfil)
    return _open(page, HOME)


def open_elsewhere(page: Page, origin: str) -> Send:
    """Open a front end of another origin, which :func:`elsewhere` serves."""
    return _open(page, origin + HOME)


@contextmanager
def elsewhere() -> Iterator[str]:
    """Serve a front end on loopback, at an origin of its own, which is returned."""
    known = files()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = known.get(self.path, ("text/plain", ""))
            self.send_response(200 if self.path in known else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _open(page: Page, url: str) -> Send:
    page.goto(url)
    page.wait_for_function("() => window.call !== undefined")

    def send(request: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = page.evaluate("request => call(request)", request)
        return reply

    return send
