"""HTTP on a raw socket, for requests that no HTTP client would send."""

import json
import socket
from dataclasses import dataclass
from typing import Any

from tests.processes.server import PUBLIC_NAME, TIMEOUT, Address


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


def call(
    address: Address,
    path: str,
    *headers: bytes,
    body: Any = None,
    chunks: list[bytes] | None = None,
    source: str | None = None,
) -> Reply:
    """Send a request on a new connection, and return the response.

    :param headers: header lines in addition to ``Host`` and those that describe the body.
    :param body: sent as JSON, by POST.
    :param chunks: instead of ``body``, sent with ``Transfer-Encoding: chunked``.
    :param source: the local address of the connection, in 127.0.0.0/8.
    :raises OSError: the server closed the connection.
    """
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"Host: {PUBLIC_NAME}".encode(), b"Connection: close", *headers]
    if body is not None or chunks is not None:
        lines.append(b"Content-Type: application/json")
    if body is not None:
        lines.append(b"Content-Length: %d" % len(content))
    if chunks is not None:
        lines.append(b"Transfer-Encoding: chunked")
        content = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
    method = "GET" if body is None and chunks is None else "POST"
    head = b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), *lines, b"", b""])
    with connect(address, source) as connection:
        connection.sendall(head + content)
        return read(connection)


def connect(address: Address, source: str | None = None) -> socket.socket:
    if isinstance(address, str):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        connection.connect(address)
        return connection
    origin = None if source is None else (source, 0)
    return socket.create_connection(address, TIMEOUT, source_address=origin)


def read(connection: socket.socket) -> Reply:
    """Read the response until the server closes the connection."""
    answer = b""
    while part := connection.recv(65536):
        answer += part
    head, _, content = answer.partition(b"\r\n\r\n")
    if not head:
        raise ConnectionResetError("The server closed the connection without a response.")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(": ") for line in lines)
    headers = {name.lower(): value for name, _, value in fields}
    if headers.get("transfer-encoding") == "chunked":
        content = _joined(content)
    return Reply(int(first.split()[1]), headers, content)


def _joined(content: bytes) -> bytes:
    joined = b""
    while content:
        size, _, rest = content.partition(b"\r\n")
        length = int(size, 16)
        joined, content = joined + rest[:length], rest[length + 2 :]
        if length == 0:
            break
    return joined
