"""A service that counts."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.metrics.exposition import begin
from tests.sessions_api.metrics.scraping import TOKEN

MIDDLEWARE = "sessions_api.metrics.middleware.MetricsMiddleware"


@pytest.fixture
def metrics() -> Iterator[None]:
    """Turn metrics on, and forget what has been read from the database."""
    given = settings.SESSIONS_API | {"METRICS_TOKEN": TOKEN, "METRICS_DIR": None}
    place = [settings.MIDDLEWARE[0], MIDDLEWARE, *settings.MIDDLEWARE[1:]]
    with override_settings(SESSIONS_API=given, MIDDLEWARE=place):
        begin().forget()
        yield
