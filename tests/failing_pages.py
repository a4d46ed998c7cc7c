"""Simulated failures of requests, in a view or before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.urls import URLResolver


@contextmanager
def pages_fail_with(error: Exception | type[Exception]) -> Iterator[None]:
    """Raise an error for every request within the block."""
    with mock.patch.object(URLResolver, "resolve", side_effect=error):
        yield


@contextmanager
def login_page_fails_with(error: Exception | type[Exception]) -> Iterator[None]:
    """Raise an error in the admin's login view within the block."""
    with mock.patch("django.contrib.admin.sites.AdminSite.login", side_effect=error):
        yield
