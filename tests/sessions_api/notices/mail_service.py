"""The API of a mail service (Postmark's) on loopback, for django-anymail."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

#: The mail backend that uses it.
BACKEND = "anymail.backends.postmark.EmailBackend"


class _Handler(BaseHTTPRequestHandler):
    status: ClassVar[int] = 200
    reply: ClassVar[dict[str, object]] = {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(self.reply).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def mail_service(status: int, **reply: object) -> Iterator[str]:
    """Answer every mail alike within the block. Return the URL of the API."""
    handler = type("Handler", (_Handler,), {"status": status, "reply": reply})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
