"""The operations on incidents, for the OpenAPI description."""

from sessions_api.http.openapi import parameters
from sessions_api.http.openapi.operations import Operation, Resource, Tag
from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.http import descriptions  # noqa: F401
from sessions_api.incidents.http.viewsets import (
    IncidentViewSet,
    OwnersMailViewSet,
    SignOutViewSet,
)

INCIDENTS = Tag(
    "Incidents",
    "For staff: answer an attack together. Preview and end sessions, tell their owners, and keep a "
    "timeline.",
)


def _known(summary: str, structure: str, status: int = 200) -> Operation:
    """Return the operation on an incident, in whatever state it is."""
    return Operation(summary, structure, status, errors=(InvalidIncident(),))


def _changed(summary: str, structure: str, reason: str = "closed", status: int = 200) -> Operation:
    """Return the operation on an incident, whose state may not allow it."""
    errors = (InvalidIncident(), IncidentConflict(reason))
    return Operation(summary, structure, status, errors=errors)


RESOURCES: dict[type, Resource] = {
    IncidentViewSet: Resource(
        INCIDENTS,
        {
            "list": Operation("List incidents", "IncidentList", parameters=parameters.PAGE),
            "create": Operation("Open an incident", "Incident", 201),
            "retrieve": _known("Show an incident", "Incident"),
            "partial_update": _changed("Change an incident", "Incident"),
            "close": _changed("Close an incident", "Incident"),
            "reopen": _known("Reopen an incident", "Incident"),
            "join": _changed("Take part in an incident, and in no other", "Incident"),
            "leave": _known("Take part in an incident no longer", "Incident"),
            "write_note": _changed("Write a note on the timeline", "IncidentNote", status=201),
            "show_timeline": _known("Show the timeline", "IncidentTimeline"),
            "preview": _changed(
                "Preview which sessions a sign-out would end",
                "IncidentPreview",
                "unreadable_filter",
            ),
        },
    ),
    SignOutViewSet: Resource(
        INCIDENTS,
        {
            "create": _changed("Request a sign-out", "IncidentSignOut", status=202),
            "retrieve": _known("Show the progress of a sign-out", "IncidentSignOut"),
            "stop": _changed("Stop a sign-out", "IncidentSignOut", "finished"),
            "approve": _changed("Approve a sign-out", "IncidentSignOut", "own_request"),
            "decline": _changed("Decline a sign-out", "IncidentSignOut", "decided"),
            "resume": _changed("Resume an interrupted sign-out", "IncidentSignOut", "finished"),
        },
    ),
    OwnersMailViewSet: Resource(
        INCIDENTS,
        {
            "create": _changed(
                "Mail the owners of ended sessions", "IncidentMail", "nobody_to_tell", 202
            ),
            "retrieve": _known("Show the progress of a mail", "IncidentMail"),
            "stop": _changed("Stop a mail", "IncidentMail", "finished"),
        },
    ),
}
