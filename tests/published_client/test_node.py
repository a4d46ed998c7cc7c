"""Every call of the published client that this service answers, from Node."""

from typing import Any

import pytest

from sessions_api import __version__
from tests.cast import PASSWORD
from tests.published_client.front_end import FrontEnd
from tests.published_client.journeys import Journeys, refusal

pytestmark = pytest.mark.django_db(transaction=True)

#: Methods that send no request to this service: they make others, or ask another service.
OTHERWISE = {
    "call",
    "authenticatedCall",
    "manufactureMethod",
    "manufactureMethodGet",
    "toQueryString",
    "getRatelimitHeaders",
    "getThumbnail",
    "getThumbnailAPIStatus",
}
#: Methods that journeys call.
ANSWERED = {
    "getAPIStatus",
    "login",
    "getSelf",
    "getUsers",
    "getUser",
    "banUser",
    "unbanUser",
    "createScopedSession",
    *(f"get{whose}Session{s}" for whose in ("Self", "User") for s in ("", "s")),
    *(f"delete{which}Session" for which in ("Self", "User")),
    *(f"delete{which}Sessions" for which in ("Self", "User", "AllSelf", "AllUser")),
    "getKillSwitches",
    "enableKillSwitch",
    "disableKillSwitch",
    "disableAllKillSwitches",
    *(f"{step}TOTPRegistration" for step in ("begin", "confirm")),
    *(f"{step}WebAuthnRegistration" for step in ("begin", "confirm")),
    "regenerateBackupCodes",
    *(f"get{whose}SecondFactor{s}" for whose in ("Self", "User") for s in ("", "s")),
    *(f"delete{which}SecondFactor" for which in ("Self", "User")),
    *(f"delete{which}SecondFactors" for which in ("Self", "User", "AllSelf", "AllUser")),
}
#: Methods whose path there is, for another HTTP method.
WRONG_METHOD = {"deleteSelf", "deleteUser", "deleteUsers", "verifyEmail"}


class TestInNode(Journeys):
    """All journeys."""


def test_what_there_is_not(front: FrontEnd, root: Any, caplog: pytest.LogCaptureFixture) -> None:
    desk = front.log_in("root", PASSWORD)
    methods = set(front.value("methods"))
    assert methods > OTHERWISE | ANSWERED
    rest = sorted(methods - OTHERWISE - ANSWERED)
    assert {"upload", "register", "getDomains", "editSelfEmail", "setLogLevel"} < set(rest)
    for method in rest:
        error = refusal(desk, method, *[str(root.pk)] * (2 if method == "upload" else 5))
        status = caplog.records[-1].status_code  # type: ignore[attr-defined]
        assert (method, error["code"]) == (method, "INVALID_ENDPOINT_ERROR")
        assert (method, status) == (method, 405 if method in WRONG_METHOD else 404)


def test_the_greeting(front: FrontEnd) -> None:
    assert front.value("getAPIStatus") == {"hello": "world", "version": __version__}


@pytest.mark.ratelimited
@pytest.mark.usefixtures("ann", "limits_clock")
def test_the_client_is_told_what_is_left_and_for_how_long_to_wait(front: FrontEnd) -> None:
    here = front.log_in("ann", PASSWORD)
    answers = [here.value("getSelf") for _ in range(3)]
    assert [one["ratelimit"]["remaining"] for one in answers] == [99, 98, 97]
    error = refusal(here, "getSelf")
    assert error["code"] == "RATELIMITED_ERROR"
    assert error["ratelimit"] == {"limit": 3, "remaining": 0, "reset": 1}
