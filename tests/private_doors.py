"""A helper for tests of private APIs of libraries, which may change in any version."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def door(measure: str, behind: str) -> Iterator[None]:
    """Report any error in the block as a change of this private API.

    :param behind: the module that goes through it.
    """
    try:
        yield
    except Exception as error:
        pytest.fail(f"The private door of {measure} ({behind}) has moved: {error!r}")
