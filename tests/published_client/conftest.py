"""The published client in Node, and a server for it.

(cd tests/published_client && npm ci --ignore-scripts)
pytest tests/published_client
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.published_client.front_end import FrontEnd, Send, node


@pytest.fixture(scope="session")
def in_node() -> Iterator[Send]:
    with node() as send:
        yield send


@pytest.fixture
def front(in_node: Send, live_server: Any) -> FrontEnd:
    """A program in Node."""
    return FrontEnd(in_node, live_server.url + "/api")
