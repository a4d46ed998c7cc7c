"""What is kept of incidents."""

from sessions_api.incidents.models.incidents import Incident, Note, Participation
from sessions_api.incidents.models.jobs import (
    Job,
    MailState,
    OwnersMail,
    SignOut,
    SignOutState,
)
from sessions_api.incidents.models.owners import AffectedOwner

__all__ = [
    "AffectedOwner",
    "Incident",
    "Job",
    "MailState",
    "Note",
    "OwnersMail",
    "Participation",
    "SignOut",
    "SignOutState",
]
