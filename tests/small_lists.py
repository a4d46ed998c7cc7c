"""Decorators that make pages and windows of the admin's lists small."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.contrib.admin import ModelAdmin


@contextmanager
def pages_of(rows: int, shown_by: type[ModelAdmin]) -> Iterator[None]:
    """Limit pages of a list to this many rows within the block."""
    with mock.patch.object(shown_by, "list_per_page", rows):
        yield


@contextmanager
def windows_of(rows: int) -> Iterator[None]:
    """Limit windows to this many rows within the block."""
    with mock.patch("sessions_api.databases.windows.WINDOW", rows):
        yield
