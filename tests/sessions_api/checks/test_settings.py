"""The checks of settings report invalid values under stable ids."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from sessions_api.checks.settings import check_proxies, check_settings
from sessions_api.conf import api_settings
from sessions_api.services.second_factors import SecondFactors, register, second_factors


def problems(**changes: Any) -> list[tuple[str | None, str]]:
    """Return the ids and texts of the errors with changed settings."""
    with override_settings(SESSIONS_API=settings.SESSIONS_API | changes, DEBUG=True):
        return [(error.id, str(error.msg)) for error in check_settings()]


def test_the_settings_of_the_suite_pass() -> None:
    assert problems() == []


def test_an_unknown_setting_is_reported_with_the_known_ones() -> None:
    [(number, text)] = problems(TRUSTED_PROXY=1)
    assert number == "sessions_api.E001"
    assert "TRUSTED_PROXY." in text
    assert "TRUSTED_PROXIES" in text
    with (
        override_settings(SESSIONS_API={"TRUSTED_PROXY": 1}),
        pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXY"),
    ):
        api_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "1"),
        ("TRUSTED_PROXIES", True),
        ("RATELIMIT_ENABLE", "false"),
        ("HIDE_UNKNOWN_USERS", 1),
        ("ISSUER", None),
        ("SIGNING_KEYS", "key.pem"),
        ("SIGNING_KEYS", [7]),
        ("GEOIP_DATABASE", 7),
    ],
)
def test_a_wrong_type(name: str, value: Any) -> None:
    assert problems(**{name: value}) == [
        ("sessions_api.E002", f"SESSIONS_API['{name}'] has the wrong type.")
    ]


def test_keys_may_be_given_as_paths(tmp_path: Path) -> None:
    keys = [Path(key) for key in settings.SESSIONS_API["SIGNING_KEYS"]]
    assert problems(SIGNING_KEYS=keys) == []


@pytest.mark.parametrize("given", [None, [], "SIGNING_KEYS", [("TRUSTED_PROXIES", 1)]])
def test_settings_that_are_no_dict(given: Any) -> None:
    with override_settings(SESSIONS_API=given):
        found = {message.id for message in run_checks(tags=["sessions_api", "second_factors"])}
        deployed = run_checks(tags=["sessions_api"], include_deployment_checks=True)
    assert found == {"sessions_api.E002"}
    assert "sessions_api.E002" in {message.id for message in deployed}


def test_an_unknown_name_fails_no_other_check() -> None:
    with override_settings(SESSIONS_API={"TRUSTED_PROXY": 1}):
        found = run_checks(tags=["sessions_api"], include_deployment_checks=True)
    [message] = [one for one in found if one.is_serious()]
    assert (message.id, message.hint) == ("sessions_api.E001", "Did you mean TRUSTED_PROXIES?")


def test_an_unknown_name_that_resembles_none_has_no_hint() -> None:
    with override_settings(SESSIONS_API={"COLOURS": 1}):
        [message] = check_settings()
    assert message.hint is None


def test_a_required_second_factor_that_nobody_can_enrol() -> None:
    assert problems(STAFF_REQUIRES_SECOND_FACTOR=True) == []
    registered = second_factors()
    register(SecondFactors())
    try:
        [(number, text)] = problems(STAFF_REQUIRES_SECOND_FACTOR=True)
        assert (number, "for good" in text) == ("sessions_api.E007", True)
        assert problems() == []
    finally:
        register(registered)


def test_a_missing_location_database() -> None:
    [(number, text)] = problems(GEOIP_DATABASE="/no/such/file.mmdb")
    assert (number, "cannot be opened" in text) == ("sessions_api.E005", True)


@pytest.mark.parametrize(
    ("proxies", "drops_underscores", "numbers"),
    [(0, False, []), (1, False, ["sessions_api.I001"]), (2, True, [])],
)
def test_the_requirements_for_proxies_are_stated(
    proxies: int, drops_underscores: bool, numbers: list[str]
) -> None:
    changes = {"TRUSTED_PROXIES": proxies, "PROXY_DROPS_UNDERSCORES": drops_underscores}
    with override_settings(SESSIONS_API=settings.SESSIONS_API | changes):
        messages = check_proxies()
    assert [message.id for message in messages] == numbers
    for message in messages:
        assert "X-Forwarded-For" in message.msg
        assert not message.is_serious()
