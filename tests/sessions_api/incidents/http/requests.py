"""What tests of incidents over REST send, and what refusals they get."""

from typing import Any

from tests.api import Login
from tests.cast import PASSWORD

STOLEN = {"name": "Stolen tokens", "filter": {"network": "203.0.113.0/24"}}
END = {"reason": "Stolen tokens", "password": PASSWORD}
AGAIN = {"password": PASSWORD}

REFUSED = {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"}
UNKNOWN = {"code": "INVALID_INCIDENT_ERROR", "message": "Invalid Incident"}


def conflict(reason: str) -> tuple[int, dict[str, str]]:
    """Return the status and the body of a conflict."""
    body = {"code": "INCIDENT_CONFLICT_ERROR", "message": "Incident Conflict", "reason": reason}
    return 409, body


def answer(response: Any) -> tuple[int, Any]:
    """Return the status and the body of a response."""
    return response.status_code, response.json()


def request_sign_out(login: Login, incident: Any) -> str:
    """Request a sign-out over REST, and return its path."""
    response = login.api("POST", f"/incidents/{incident.pk}/sign-outs", END)
    assert response.status_code == 202, response.json()
    return str(response["Location"]).removeprefix(login.api.prefix)
