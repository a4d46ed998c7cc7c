"""Lists of the admin so short that a few rows take several pages and windows."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.contrib.admin import ModelAdmin


@contextmanager
def pages_of(rows: int, shown_by: type[ModelAdmin]) -> Iterator[None]:
    """Let a page of a list show that many rows within the block."""
    with mock.patch.object(shown_by, "list_per_page", rows):
        yield


@contextmanager
def windows_of(rows: int) -> Iterator[None]:
    """Let a page search that many rows within the block, where no index finds its own."""
    with mock.patch("sessions_api.databases.windows.WINDOW", rows):
        yield
