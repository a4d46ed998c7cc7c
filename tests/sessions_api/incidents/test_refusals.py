"""The sentences in which the admin and the command say why a service has refused."""

import re

import pytest
from django.utils.translation import override

from sessions_api.exceptions import ApiError, Banned, InvalidSession, Overloaded
from sessions_api.incidents.exceptions import (
    IncidentConflict,
    InvalidIncident,
    RequesterMayNoLonger,
)
from sessions_api.incidents.management import finding
from sessions_api.incidents.refusals import CONFLICTS, in_words, interruption_in_words

CODE = re.compile(r"[A-Z]+_[A-Z_]+ERROR|[a-z]+_[a-z]+")

ERRORS = [
    *(IncidentConflict(reason, incident=1) for reason in (*CONFLICTS, "of_a_newer_version")),
    Banned(),
    InvalidIncident(),
    InvalidSession(),
    Overloaded(1),
    RequesterMayNoLonger(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: getattr(one, "reason", one.code))
def test_no_refusal_is_a_bare_code(error: ApiError) -> None:
    for text in (in_words(error), finding.in_words(error), interruption_in_words(error)):
        words = text.replace("sessions_api.notices", "").replace("SITE_URL", "")
        assert CODE.findall(words) == []
        assert re.fullmatch(r"[A-Z].*[.\d]", text)


@pytest.mark.parametrize("reason", [*CONFLICTS, "of_a_newer_version"])
def test_the_command_says_the_same(reason: str) -> None:
    error = IncidentConflict(reason, incident=1)
    # The command has no page that could be open.
    if reason != "changed":
        assert finding.in_words(error).startswith(in_words(error))


def test_the_command_speaks_english() -> None:
    with override("de"):
        assert in_words(InvalidIncident()) != finding.in_words(InvalidIncident())
    assert in_words(InvalidIncident()) == finding.in_words(InvalidIncident())
