"""A server with scripted responses."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer


@contextmanager
def serving(answer: Callable[[str], Sequence[bytes]]) -> Iterator[tuple[int, list[str]]]:
    """Run a server, and yield its port and the list of requested paths.

    :param answer: returns the parts of the response to a path; if there are none, the server closes
        the connection.
    """
    asked: list[str] = []

    class Handler(StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            while line := self.rfile.readline():
                path = line.split()[1].decode()
                while self.rfile.readline().strip():
                    pass
                asked.append(path)
                for part in answer(path):
                    self.wfile.write(part)
                    self.wfile.flush()
                if not answer(path):
                    return

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], asked
        finally:
            server.shutdown()
            thread.join()
