"""What all dialects promise, in the spelling of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.api import Api, Login
from tests.cast import PASSWORD

#: The contract's error messages by code, with v3's own message if it differs.
MESSAGES = {
    "INVALID_ENDPOINT_ERROR": ("Invalid Endpoint", None),
    "INVALID_BODY_ERROR": ("Invalid Body", None),
    "MISSING_FIELDS_ERROR": ("Missing Fields", None),
    "BODY_TOO_LARGE_ERROR": ("Body Too Large", "Request Body Too Large"),
    "INVALID_SESSION_ERROR": ("Invalid Session", None),
    "SESSION_NOT_FOUND_ERROR": ("Session Not Found", None),
    "INVALID_PASSWORD_ERROR": ("Invalid Password", None),
    "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR": ("Endpoint Requires Second Factor", None),
    "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR": ("Second Factor Challenge Required", None),
    "INVALID_SECOND_FACTOR_RESPONSE_ERROR": ("Invalid Second Factor Response", None),
    "INVALID_SECOND_FACTOR_METHOD_ERROR": ("Invalid Second Factor Method", None),
    "INSUFFICIENT_PERMISSIONS_ERROR": ("Insufficient Permissions", "Missing Permissions"),
    "BANNED_ERROR": ("Banned", "Account Banned"),
    "INVALID_USER_ERROR": ("Invalid User", None),
    "RATELIMITED_ERROR": ("You Have Been Ratelimited. Please Try Again Later.", None),
    "INTERNAL_SERVER_ERROR": ("Internal Server Error", None),
    "SERVICE_UNAVAILABLE_ERROR": ("Service Unavailable", None),
}
UNAUTHORIZED = {"code": "UNAUTHORIZED", "error": "Unauthorized."}
NOT_FOUND = {"code": "SESSION_NOT_FOUND", "error": "Session not found."}


@dataclass(frozen=True)
class Dialect:
    """``one`` is the path of a session, and DELETE ``all`` also ends the current one."""

    name: str
    sessions: str
    one: str
    all: str
    #: The names of login fields, by the contract's names.
    login_fields: Mapping[str, str] = field(default_factory=dict)
    login_path: str = "/login"

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        return f"/api/{self.name}"

    def api(self, login: Login | None = None) -> Api:
        """Return a client for the dialect, with or without a session."""
        return replace(login.api, prefix=self.prefix) if login else Api(prefix=self.prefix)

    def log_in(self, api: Api, username: str = "ann", password: str = PASSWORD) -> Any:
        """Log in with a client, which may be for another dialect, and return the response."""
        body = {self.login_fields["username"]: username, self.login_fields["password"]: password}
        return replace(api, prefix=self.prefix)("POST", self.login_path, body)

    def sids(self, listed: dict[str, Any]) -> list[int]:
        """Return the ids of the sessions in a list."""
        match self.name:
            case "wolfpal":
                return [int(one["_id"]) for one in listed["sessions"]]
            case "v3":
                return [one["iat"] for one in listed["items"]]
        return [one["id"] for one in listed["items"]]

    def error(self, code: str, **data: Any) -> dict[str, Any]:
        """Return the body of an error."""
        message, message_of_v3 = MESSAGES[code]
        match self.name:
            case "wolfpal" if code == "INVALID_SESSION_ERROR":
                return UNAUTHORIZED
            case "wolfpal":
                return {"code": code, "error": message, **data}
            case "v3":
                return {"code": code, "message": message_of_v3 or message, **data}
        return {"code": code, "message": message, **data}


OWN = "/users/me/sessions"
NAMES = {"username": "username", "password": "password"}

V3 = Dialect(
    "v3",
    sessions="/user/sessions",
    one="/user/session/{}",
    all="/user/sessions/all",
    login_fields={"username": "user", "password": "pass"},
    login_path="/user/session",
)
V4 = Dialect("v4", OWN, f"{OWN}/{{}}", f"{OWN}/all?include-self=true", login_fields=NAMES)
V5 = replace(V4, name="v5")
WOLFPAL = Dialect("wolfpal", sessions="/sessions", one="/sessions/{}", all="/sessions")
DIALECTS = [V3, V4, V5, WOLFPAL]
WITH_LOGIN = [V3, V4, V5]
