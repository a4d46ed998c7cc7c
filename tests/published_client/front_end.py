"""Front ends of the published client: each sends its calls from somewhere, in somebody's name."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: The client, as a module for browsers.
CLIENT = HERE / "node_modules/cumulonimbus-wrapper/dist/esm/index.js"
CALL = HERE / "call.mjs"

#: Takes a request for ``call()`` of ``call.mjs``, and returns the reply.
Send = Callable[[dict[str, Any]], dict[str, Any]]


class Refused(Exception):
    """The client has thrown one of its own errors.

    :param error: the error's fields; ``kind`` is its class.
    """

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.error = error
        self.code: str = error["code"]
        self.kind: str = error["kind"]


@dataclass(frozen=True)
class FrontEnd:
    """A front end, and who has logged in to it.

    :param url: the address of the API.
    """

    send: Send
    url: str
    token: str = ""

    def log_in(self, username: str, proof: object, *, remember: bool = False) -> "FrontEnd":
        """Log in with a password, or with the answer to a challenge.

        :raises Refused: the login was refused.
        """
        return replace(self, token=self.value("login", username, proof, remember)["token"])

    def __call__(self, method: str, *args: object) -> Any:
        """Call a method of the client and return the result.

        :raises Refused: the client has thrown an error.
        """
        return self.value(method, *args)["result"]

    def value(self, method: str, *args: object) -> Any:
        """The same, with all that the method resolves to."""
        request = {"baseURL": self.url, "token": self.token, "method": method, "args": args}
        reply = self.send(request)
        assert "failure" not in reply, reply
        if "error" in reply:
            raise Refused(reply["error"])
        return reply["value"]


@contextmanager
def node() -> Iterator[Send]:
    """Run the client in Node."""
    with subprocess.Popen(
        ["node", HERE / "node.mjs"],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        requests, replies = process.stdin, process.stdout

        def send(request: dict[str, Any]) -> dict[str, Any]:
            print(json.dumps(request), file=requests, flush=True)
            reply: dict[str, Any] = json.loads(replies.readline())
            return reply

        yield send
        requests.close()
