"""Drillers for tests."""

from collections.abc import Sequence

from killswitches.drills import Outcome, Trial
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, Switch

CLOSED = Trial("POST", "/uploads", "v5", Outcome.CLOSED, 503)
OPEN = Trial("PUT", "/uploads/<b>1</b>", "v5", Outcome.OPEN)
FAILED = Trial("GET", "/login", "pages", Outcome.FAILED, error="KeyError")
UNKNOWN = Trial("GET", "/reports", "", Outcome.UNKNOWN, 403)
WRONG = Trial("DELETE", "/uploads", "v4", Outcome.WRONG_ANSWER, 401)
STAYS_CLOSED = Trial("PATCH", "/uploads", "v4", Outcome.STAYS_CLOSED, 503)


class Uploads:
    """FILE_CREATE is sound, ACCOUNT_LOGIN is not, and the others close nothing."""

    def drill(self, switch: Switch) -> Sequence[Trial]:
        if switch == FILE_CREATE:
            return [CLOSED, UNKNOWN]
        return [CLOSED, OPEN, WRONG, STAYS_CLOSED, FAILED] if switch == ACCOUNT_LOGIN else []
