"""The checks of settings of second factors."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.test import modify_settings, override_settings

from sessions_api.second_factors.checks import check_domain, check_second_factors

KEY = Fernet.generate_key().decode()


def found(**given: Any) -> list[str]:
    """Return the ids of the messages with these settings."""
    with override_settings(SESSIONS_API=settings.SESSIONS_API | given):
        return [
            str(message.id).removeprefix("second_factors.") for message in check_second_factors()
        ]


def test_the_project_passes() -> None:
    assert found() == []


def test_django_otp_is_missing() -> None:
    with modify_settings(INSTALLED_APPS={"remove": "django_otp"}):
        assert found() == ["E001"]


@pytest.mark.parametrize(
    ("keys", "errors"),
    [
        ([KEY], []),
        ([KEY, Fernet.generate_key().decode()], []),
        (["rubbish"], ["E002"]),
        ([""], ["E002"]),
        ([KEY, KEY[:-4], "é"], ["E002", "E002"]),
    ],
)
def test_encryption_keys(keys: list[str], errors: list[str]) -> None:
    assert found(ENCRYPTION_KEYS=keys) == errors


def test_an_invalid_key_is_not_shown() -> None:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"ENCRYPTION_KEYS": [KEY[:-4]]}):
        (message,) = check_second_factors()
    assert KEY[:-4] not in str(message)
    assert "Number 1 " in str(message)


@pytest.mark.parametrize(
    ("origin", "errors"),
    [
        ("https://example.com", []),
        ("https://login.example.com", []),
        ("https://example.com:8443", []),
        ("http://example.com", []),
        ("example.com", ["E003"]),
        ("https://example.com/", ["E003"]),
        ("https://example.com/login", ["E003"]),
        ("https://Example.com", ["E003"]),
        ("https://ann@example.com", ["E003"]),
        ("https://example.com:x", ["E003"]),
        ("https://[", ["E003"]),
        ("https://", ["E003"]),
        ("ftp://example.com", ["E003"]),
        ("", ["E003"]),
        ("https://elsewhere.org", ["E004"]),
        ("https://badexample.com", ["E004"]),
        ("https://com", ["E004"]),
        ("http://localhost:8000", ["E004"]),
    ],
)
def test_origins(origin: str, errors: list[str]) -> None:
    assert found(WEBAUTHN_RP_ID="example.com", WEBAUTHN_ORIGINS=[origin]) == errors


@pytest.mark.parametrize(
    ("debug", "given", "warnings"),
    [
        (False, {"WEBAUTHN_RP_ID": "localhost"}, ["second_factors.W001"]),
        (True, {"WEBAUTHN_RP_ID": "localhost"}, []),
        (False, {"WEBAUTHN_RP_ID": "example.com"}, []),
        (False, {"WEBAUTHN_RP_ID": "localhost", "NO": 1}, []),
    ],
)
def test_the_domain_of_passkeys(debug: bool, given: dict[str, Any], warnings: list[str]) -> None:
    with override_settings(DEBUG=debug, SESSIONS_API=settings.SESSIONS_API | given):
        assert [message.id for message in check_domain()] == warnings


@pytest.mark.parametrize("wrong", [{"ENCRYPTION_KEYS": 5}, {"WEBAUTHN_ORIGINS": [5]}, {"NO": 1}])
def test_invalid_settings_are_left_to_other_checks(wrong: dict[str, Any]) -> None:
    assert found(**wrong) == []
