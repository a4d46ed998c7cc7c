"""How a test tells that a library has moved what it does not promise to keep."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def door(measure: str, behind: str) -> Iterator[None]:
    """Whatever fails in it is told as that door's move.

    :param behind: the module that goes through it.
    """
    try:
        yield
    except Exception as error:
        pytest.fail(f"The private door of {measure} ({behind}) has moved: {error!r}")
