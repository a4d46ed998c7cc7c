"""What people do at a front end: every call of the published client that this service answers."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.conf import api_settings
from sessions_api.models import Ban
from sessions_api.scopes import Scope
from tests.cast import PASSWORD
from tests.published_client.front_end import FrontEnd, Refused
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.totp import App, Clock

NOBODY = "1000000000000"


def refusal(front: FrontEnd, method: str, *args: object) -> dict[str, Any]:
    """Return the error of a call that is refused."""
    with pytest.raises(Refused) as refused:
        front.value(method, *args)
    return refused.value.error


def ids(found: Any) -> list[Any]:
    return [item["id"] for item in found["items"]]


class Journeys:
    """Journeys of whoever sits at ``front``, in which nobody has logged in yet."""

    def test_login_me_and_sessions(self, front: FrontEnd, ann: Any) -> None:
        assert refusal(front, "login", "ann", "guess", False)["code"] == "INVALID_PASSWORD_ERROR"
        assert refusal(front, "login", "nobody", "x", False)["code"] == "INVALID_USER_ERROR"
        missing = refusal(front, "login", "", "", False)
        assert (missing["kind"], missing["fields"]) == (
            "MissingFieldsError",
            ["username", "password"],
        )
        assert refusal(front, "getSelf")["code"] == "INVALID_SESSION_ERROR"

        here = front.log_in("ann", PASSWORD)
        me = here("getSelf")
        assert (me["id"], me["username"], me["staff"]) == (str(ann.pk), "ann", False)
        for other in (str(ann.pk), NOBODY):
            assert refusal(here, "getUser", other)["code"] == "INSUFFICIENT_PERMISSIONS_ERROR"
        assert refusal(here, "getUsers", {})["code"] == "INSUFFICIENT_PERMISSIONS_ERROR"

        current = here("getSelfSession")
        assert here("getSelfSession", str(current["id"])) == current
        there, elsewhere = (front.log_in("ann", PASSWORD, remember=True) for _ in range(2))
        sids = [str(one("getSelfSession")["id"]) for one in (there, elsewhere)]
        found = here("getSelfSessions", {"limit": 2, "offset": 1})
        newest = sorted([str(current["id"]), *sids], reverse=True)
        assert (found["count"], [str(sid) for sid in ids(found)]) == (3, newest[1:])
        ended = here("deleteSelfSession", sids[0])
        assert ended["code"] == "DELETE_SESSION_SUCCESS"
        assert here("deleteSelfSessions", [*sids, NOBODY])["count"] == 1
        for one in (there, elsewhere):
            assert refusal(one, "getSelf")["code"] == "INVALID_SESSION_ERROR"

        front.log_in("ann", PASSWORD)
        assert here("deleteAllSelfSessions", False)["count"] == 1
        assert here("deleteAllSelfSessions", True)["count"] == 1
        assert refusal(here, "getSelf")["code"] == "INVALID_SESSION_ERROR"

    def test_scripts(self, front: FrontEnd, ann: Any) -> None:
        here = front.log_in("ann", PASSWORD)
        read = int(Scope.ACCOUNT_READ | Scope.SESSION_READ)
        wrong = refusal(here, "createScopedSession", "script", read, "guess", False)
        assert wrong["code"] == "INVALID_PASSWORD_ERROR"
        made = here("createScopedSession", "script", read, PASSWORD, True)
        assert (made["name"], made["permissionFlags"]) == ("script", read)
        script = FrontEnd(front.send, front.url, made["token"])
        assert script("getSelf")["username"] == "ann"
        assert script("getSelfSessions", {})["count"] == 2
        assert refusal(script, "deleteSelfSession")["code"] == "INSUFFICIENT_PERMISSIONS_ERROR"
        every = int(Scope.STAFF_MODIFY_LOGLEVEL)
        refused = refusal(here, "createScopedSession", "script", every, PASSWORD, False)
        assert refused["code"] == "INSUFFICIENT_PERMISSIONS_ERROR"

    def test_second_factors(self, front: FrontEnd, ann: Any, totp_clock: Clock) -> None:
        here = front.log_in("ann", PASSWORD)
        assert refusal(here, "beginTOTPRegistration", "guess")["code"] == "INVALID_PASSWORD_ERROR"
        begun = here("beginTOTPRegistration", PASSWORD)
        app = App(begun["secret"], totp_clock)
        enrolled = here("confirmTOTPRegistration", begun["token"], "My phone", app.code())
        assert here("getSelfSecondFactors", {})["count"] == 1
        assert here("getSelfSecondFactor", enrolled["id"])["name"] == "My phone"

        def asked(method: str, *args: object) -> dict[str, Any]:
            error = refusal(here, method, *args)
            assert error["kind"] == "SecondFactorChallengeRequiredError"
            return error

        def by_code(error: dict[str, Any]) -> dict[str, Any]:
            return {"token": error["token"], "type": "totp", "code": app.next_code()}

        challenge = asked("login", "ann", PASSWORD, False)
        assert challenge["types"] == ["totp", "backup"]
        front.log_in("ann", by_code(challenge), remember=True)
        backup = enrolled["backupCodes"][0]
        assert here("getSelf")["twoFactorBackupCodeUsedAt"] is None
        challenge = asked("login", "ann", PASSWORD, False)
        answer = {"token": challenge["token"], "type": "backup", "code": backup}
        front.log_in("ann", answer)
        assert here("getSelf")["twoFactorBackupCodeUsedAt"]

        challenge = asked("createScopedSession", "script", 4, PASSWORD, False)
        assert here("createScopedSession", "script", 4, by_code(challenge), False)["token"]
        challenge = asked("regenerateBackupCodes", PASSWORD)
        assert len(here("regenerateBackupCodes", by_code(challenge))["codes"]) == 10

        challenge = asked("beginWebAuthnRegistration", PASSWORD)
        begun = here("beginWebAuthnRegistration", by_code(challenge))
        key = Authenticator(origin=api_settings().WEBAUTHN_ORIGINS[0])
        response = key.create(begun)
        confirmed = here("confirmWebAuthnRegistration", begun["token"], "My key", response)
        challenge = asked("login", "ann", PASSWORD, False)
        assert challenge["types"] == ["totp", "webauthn", "backup"]
        response = key.get(challenge["challenge"])
        answer = {"token": challenge["token"], "type": "webauthn", "response": response}
        front.log_in("ann", answer)

        challenge = asked("deleteSelfSecondFactor", confirmed["id"], PASSWORD)
        removed = here("deleteSelfSecondFactor", confirmed["id"], by_code(challenge))
        assert removed["code"] == "DELETE_SECOND_FACTOR_SUCCESS"
        challenge = asked("deleteSelfSecondFactors", [confirmed["id"]], PASSWORD)
        none = here("deleteSelfSecondFactors", [confirmed["id"]], by_code(challenge))
        assert none["count"] == 0
        challenge = asked("deleteAllSelfSecondFactors", PASSWORD)
        assert here("deleteAllSelfSecondFactors", by_code(challenge))["count"] == 1
        assert here("getSelfSecondFactors", {})["count"] == 0

    def test_staff_pages(
        self, front: FrontEnd, root: Any, ann: Any, enrol_app: Callable[..., App]
    ) -> None:
        anns = [front.log_in("ann", PASSWORD) for _ in range(4)]
        desk = front.log_in("root", PASSWORD)
        assert desk("getSelf")["staff"] is True
        ann_id = str(ann.pk)
        found = desk("getUsers", {"limit": 50, "offset": 0})
        assert (found["count"], sorted(ids(found))) == (2, sorted([ann_id, str(root.pk)]))
        assert desk("getUser", ann_id) == anns[0]("getSelf")
        assert refusal(desk, "getUser", NOBODY)["code"] == "INVALID_USER_ERROR"

        missing = refusal(desk, "banUser", ann_id, None, PASSWORD)
        assert (missing["kind"], missing["fields"]) == ("MissingFieldsError", ["reason"])
        wrong = refusal(desk, "banUser", ann_id, "Sends spam", "guess")
        assert wrong["code"] == "INVALID_PASSWORD_ERROR"
        assert desk("banUser", ann_id, "Sends spam,\nand more", PASSWORD)["bannedAt"]
        assert Ban.objects.get().reason == "Sends spam, and more"
        assert refusal(anns[0], "getSelf")["code"] == "BANNED_ERROR"
        assert refusal(front, "login", "ann", PASSWORD, False)["code"] == "BANNED_ERROR"
        assert desk("unbanUser", ann_id, PASSWORD)["bannedAt"] is None

        sids = [str(one("getSelfSession")["id"]) for one in anns]
        assert desk("getUserSessions", ann_id, {"limit": 1})["count"] == 4
        assert desk("getUserSession", ann_id, sids[0])["id"] == int(sids[0])
        ended = desk("deleteUserSession", ann_id, sids[0])
        assert ended["code"] == "DELETE_SESSION_SUCCESS"
        assert desk("deleteUserSessions", ann_id, sids[:2])["count"] == 1
        assert desk("deleteAllUserSessions", ann_id, PASSWORD)["count"] == 2

        for name in ("phone", "tablet", "watch", "laptop"):
            enrol_app(ann, name)
        factors = ids(desk("getUserSecondFactors", ann_id, {"limit": 3}))
        assert len(factors) == 3
        assert desk("getUserSecondFactor", ann_id, factors[0])["name"] == "laptop"
        removed = desk("deleteUserSecondFactor", ann_id, factors[0], PASSWORD)
        assert removed["code"] == "DELETE_SECOND_FACTOR_SUCCESS"
        assert desk("deleteUserSecondFactors", ann_id, factors, PASSWORD)["count"] == 2
        assert desk("deleteAllUserSecondFactors", ann_id, PASSWORD)["count"] == 1

        def on(found: Any) -> list[str]:
            assert found["count"] == 9
            return [item["name"] for item in found["items"] if item["state"]]

        assert on(desk("getKillSwitches")) == []
        assert on(desk("enableKillSwitch", 5, PASSWORD)) == ["FILE_CREATE"]
        assert on(desk("enableKillSwitch", 6, PASSWORD)) == ["FILE_CREATE", "FILE_MODIFY"]
        assert on(desk("disableKillSwitch", 5, PASSWORD)) == ["FILE_MODIFY"]
        assert on(desk("disableAllKillSwitches", PASSWORD)) == []
