"""``Strict-Transport-Security``: small by default, and more only by choice."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from cumulonimbus.configuration import https
from cumulonimbus.configuration.environment import Settings

YEAR = "31536000"
ALL = {"HSTS_SECONDS": YEAR, "HSTS_INCLUDE_SUBDOMAINS": "true", "HSTS_PRELOAD": "true"}


def hsts(monkeypatch: pytest.MonkeyPatch, *, debug: bool = False, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return https.hsts_settings(debug=debug)


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({}, "max-age=3600"),
        ({"HSTS_SECONDS": "1"}, "max-age=1"),
        ({"HSTS_SECONDS": "0"}, None),
        ({"HSTS_INCLUDE_SUBDOMAINS": "true"}, "max-age=3600; includeSubDomains"),
        (ALL, f"max-age={YEAR}; includeSubDomains; preload"),
    ],
)
def test_the_header(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], header: str | None
) -> None:
    with override_settings(**hsts(monkeypatch, **environment)):
        # A client of its own, because the middleware reads the settings once.
        response = Client().get("/api/", secure=True)
    assert response.headers.get("Strict-Transport-Security") == header


def test_none_in_development(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hsts(monkeypatch, debug=True, **ALL)["SECURE_HSTS_SECONDS"] == 0


@pytest.mark.parametrize(
    "environment",
    [
        {"HSTS_PRELOAD": "true"},
        ALL | {"HSTS_SECONDS": "31535999"},
        ALL | {"HSTS_INCLUDE_SUBDOMAINS": "false"},
        {"HSTS_SECONDS": "0", "HSTS_INCLUDE_SUBDOMAINS": "true"},
    ],
)
def test_contradictions_are_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^HSTS_\w+ needs HSTS_"):
        hsts(monkeypatch, **environment)
