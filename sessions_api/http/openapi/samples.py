"""Sample objects for the examples."""

import uuid
from datetime import UTC, datetime, timedelta

from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_MODIFY
from killswitches.states import state_of
from sessions_api.models import UserSession
from sessions_api.scopes import Scope

USER_ID = "1795184637123"
PASSWORD = "correct horse battery staple"  # noqa: S105
TOKEN = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEiLCJ0eXAiOiJKV1QifQ.eyJpYXQiOjE3OTUyNzEwMzd9.c2lnbmF0dXJl"  # noqa: S105

CREATED = datetime(2026, 11, 21, 13, 23, 57, 31_000, UTC)
EXPIRES = CREATED.replace(microsecond=0) + timedelta(hours=24)
EXP = int(EXPIRES.timestamp())

SESSION = UserSession(
    user_id=USER_ID,
    sid=int(CREATED.timestamp()),
    jti=uuid.UUID(int=1),
    name="My terminal",
    created_at=CREATED,
    used_at=CREATED,
    expires_at=EXPIRES,
    browser="Chrome",
    browser_version="87.0.4280.88",
    platform="Linux x86_64",
    os="Linux",
)

SCOPED_SESSION = UserSession(
    user_id=USER_ID,
    sid=SESSION.sid + 1,
    jti=uuid.UUID(int=2),
    name="Backup script",
    permission_flags=int(Scope.SESSION_READ | Scope.UPLOAD_FILE),
    created_at=CREATED + timedelta(seconds=1),
    expires_at=EXPIRES + timedelta(seconds=1),
)

SWITCH = state_of(ACCOUNT_MODIFY, KillSwitch())

#: Sample values of body fields, by name.
FIELDS: dict[str, object] = {
    "username": "ann",
    "user": "ann",
    "password": PASSWORD,
    "pass": PASSWORD,
    "rememberMe": False,
    "ids": [str(SESSION.sid), SESSION.sid + 1],
    "sessions": [str(SESSION.sid), SESSION.sid + 1],
    "name": "Backup script",
    "permissionFlags": SCOPED_SESSION.permission_flags,
    "longLived": False,
    "reason": "Sends spam",
    "token": TOKEN,
    "code": "287082",
    "response": {
        "id": "AQIDBAUGBwg",
        "rawId": "AQIDBAUGBwg",
        "type": "public-key",
        "response": {"clientDataJSON": "e30", "attestationObject": "oA"},
    },
    "2fa": {"token": TOKEN, "type": "totp", "code": "287082"},
}
