"""The check of the number above which a second person has to approve."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from tests.cumulonimbus.processes import setting


@pytest.mark.parametrize(
    ("above", "is_wrong"), [(None, False), (0, False), (100, False), (-1, True)]
)
def test_a_negative_number_of_users(above: Any, is_wrong: bool) -> None:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": above}):
        found = [problem.id for problem in run_checks(tags=["sessions_api"])]
    assert found == ["sessions_api_incidents.E001"] * is_wrong


@pytest.mark.parametrize(("given", "read"), [("", "None"), ("0", "0"), ("100", "100")])
def test_the_environment_variable(tmp_path: Path, given: str, read: str) -> None:
    environment = {"DEBUG": "true", "STATE_DIR": str(tmp_path), "INCIDENT_APPROVAL_ABOVE": given}
    name = "s.SESSIONS_API['INCIDENT_APPROVAL_ABOVE']"
    assert str(setting(name, **environment)) == read
