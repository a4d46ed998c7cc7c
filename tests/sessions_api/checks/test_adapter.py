"""The checks of the adapter and of authentication backends."""

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from tests.adapters import SCRIPTED
from tests.backends import DJANGOS, ByHeader, Directory, path_of


def found(backends: list[str], **changes: Any) -> list[str | None]:
    with override_settings(
        SESSIONS_API=settings.SESSIONS_API | changes, AUTHENTICATION_BACKENDS=backends
    ):
        return [problem.id for problem in run_checks(tags=["sessions_api"])]


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        (SCRIPTED, []),
        ("nowhere.Adapter", ["sessions_api.E020"]),
        ("datetime.date", ["sessions_api.E020"]),
        ("sessions_api.adapter.adapter", ["sessions_api.E020"]),
        (None, ["sessions_api.E002"]),
    ],
)
def test_the_adapter(path: Any, ids: list[str]) -> None:
    assert found([DJANGOS], ADAPTER=path) == ids


@pytest.mark.parametrize(
    ("backends", "ids"),
    [
        ([DJANGOS], []),
        ([path_of(ByHeader), path_of(Directory)], []),
        ([path_of(ByHeader)], ["sessions_api.W022"]),
        ([], ["sessions_api.W022"]),
        ([DJANGOS, "nowhere.Backend"], ["sessions_api.E021"]),
    ],
)
def test_the_backends(backends: list[str], ids: list[str]) -> None:
    assert found(backends) == ids


def test_an_adapter_that_asks_no_backends_needs_none() -> None:
    assert found([path_of(ByHeader)], ADAPTER=SCRIPTED) == []
