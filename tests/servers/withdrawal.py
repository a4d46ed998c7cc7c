"""Keys that are withdrawn while the service is under load and starts slowly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cumulonimbus.configuration.local_secrets import signing_key
from sessions_api.conf import api_settings
from tests.processes.server import PUBLIC_NAME, Address, wait_for
from tests.servers.load import Load, load
from tests.servers.workers import ask, running

#: Slower than on any machine.
SLOW = {"START_TAKES": "6", "RATELIMIT_ENABLE": "false"}
JOURNEYS = ("visits", "reads", "flips")
ME = "/api/v5/users/me/sessions/me"


class Keys:
    """A new signing key, and the one that has signed a token of the test.

    :param folder: where to create the new key.
    """

    def __init__(self, folder: Path, token: str) -> None:
        folder.mkdir()
        self._new = str(signing_key(folder))
        self._old = ",".join(map(str, api_settings().SIGNING_KEYS))
        self._authorization = f"Authorization: {token}".encode()

    @property
    def both(self) -> str:
        """The keys before. The new one signs already."""
        return f"{self._new},{self._old}"

    @property
    def new(self) -> str:
        return self._new

    def assert_accepted(self, address: Address) -> None:
        assert ask(address, ME, self._authorization).status == 200

    def assert_withdrawn(self, address: Address, former: set[int]) -> None:
        """Assert that both present processes refuse the token, and that no former one runs."""
        assert not any(running(pid) for pid in former)
        refused: set[int] = set()

        def both_refuse() -> bool:
            reply = ask(address, ME, self._authorization)
            assert reply.status == 401, reply
            refused.add(int(reply.headers["x-worker"]))
            return len(refused) == 2

        wait_for(both_refuse)
        assert not refused & former


@contextmanager
def journeys(proxy: Address) -> Iterator[Load]:
    with load(f"http://{PUBLIC_NAME}:{proxy[1]}", *JOURNEYS) as seen:
        yield seen
    seen.assert_served()
