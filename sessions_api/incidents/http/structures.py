"""The structures of responses about incidents, for the OpenAPI description."""

from sessions_api.http.openapi import samples
from sessions_api.http.openapi.structures import listed, shaped
from sessions_api.incidents.http import job_shapes, shapes
from sessions_api.incidents.models import Incident, Note, OwnersMail, Participation, SignOut
from sessions_api.incidents.services.newest import Newest
from sessions_api.incidents.services.previews import CommonValue, Preview
from sessions_api.incidents.services.timeline import Entry
from sessions_api.services.session_search import SessionSearch

CRITERIA = SessionSearch(network="203.0.113.0/24").as_data()
LYON = (CommonValue("Lyon, France", 12),)
FOUND = Preview(
    sessions=12,
    estimated=0,
    users=9,
    skipped=0,
    own=0,
    locations=LYON,
    browsers=(CommonValue("curl", 12),),
    dialects=(CommonValue("v5", 12),),
)

STOLEN = Incident(
    pk=1,
    name="Stolen tokens",
    began_at=samples.CREATED,
    criteria=CRITERIA,
    opened_at=samples.CREATED,
    opened_by_name="sam",
)
SIGN_OUT = SignOut(
    pk=1,
    criteria=CRITERIA,
    reason="Stolen tokens",
    preview=FOUND.as_data(),
    ended=3,
    requested_at=samples.CREATED,
    requested_by_name="sam",
    due_at=samples.CREATED,
)
MAIL = OwnersMail(
    pk=1,
    text="Please log in again.",
    expected=9,
    requested_at=samples.CREATED,
    requested_by_name="sam",
    due_at=samples.CREATED,
)
NOTE = Note(pk=1, at=samples.CREATED, actor_name="sam", text="It is curl.")
SHOWN = shapes.ShownIncident(
    STOLEN,
    Newest([Participation(actor_name="sam", since=samples.CREATED)]),
    Newest([SIGN_OUT]),
    Newest([MAIL]),
)
ENTRY = Entry(samples.CREATED, "sam", "note", "Note", "It is curl.")

STRUCTURES = {
    "Incident": shaped(shapes.INCIDENT, SHOWN, item_id="/id"),
    "IncidentList": listed(shapes.INCIDENT_LIST, STOLEN),
    "IncidentNote": shaped(shapes.NOTE, NOTE),
    "IncidentTimeline": shaped(shapes.TIMELINE, [ENTRY]),
    "IncidentPreview": shaped(shapes.PREVIEW, (FOUND, False)),
    "IncidentSignOut": shaped(job_shapes.SIGN_OUT, SIGN_OUT, item_id="/id"),
    "IncidentMail": shaped(job_shapes.MAIL, MAIL, item_id="/id"),
}
