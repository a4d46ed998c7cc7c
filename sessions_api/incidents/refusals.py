"""Why a service of incidents has refused, in sentences for the admin and for commands."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.exceptions import ApiError
from sessions_api.incidents.exceptions import (
    IncidentConflict,
    InvalidIncident,
    RequesterMayNoLonger,
)
from sessions_api.services.authority import AUTHORITY_ERRORS

#: By the reason of the conflict.
CONFLICTS = {
    "closed": _("This incident is closed. Nothing was changed. Reopen it to go on."),
    "finished": _("It had finished already. Nothing was changed."),
    "waiting": _("It waits for approval. Nothing was changed."),
    "unreadable_filter": _("This version cannot read the filter. Enter it again."),
    "decided": _("Somebody has approved or declined it already. Nothing was changed."),
    "own_request": _("You requested this yourself. Somebody else has to approve it."),
    "unfinished": _(
        "An earlier one has not finished yet. Nothing was changed. Wait for it, or stop it."
    ),
    "too_many_unfinished": _(
        "Too many have not finished yet. Nothing was changed. Approve, decline or stop some of "
        "them first."
    ),
    "changed": _(
        "Somebody has changed the filter while this page was open. Nothing was ended. Check the "
        "sessions below, and send it again."
    ),
    "nobody_to_tell": _("All owners of ended sessions have been told. Nothing was sent."),
    "mail_is_off": _("Owners cannot be told: this service sends no mail about incidents."),
}


def in_words(error: ApiError) -> str:
    """Return why nothing was done."""
    match error:
        case IncidentConflict():
            text = CONFLICTS.get(error.reason)
            known = gettext("The incident has changed. Nothing was done.") if text is None else text
            return str(known)
        case InvalidIncident():
            return gettext("This no longer exists. Nothing was changed.")
        case RequesterMayNoLonger():
            return gettext(
                "Nothing was ended: whoever requested this may no longer end sessions. Decline it, "
                "and request it yourself."
            )
        case _ if isinstance(error, AUTHORITY_ERRORS):
            return gettext("This account may no longer do this. Nothing was changed.")
        case _:
            return f"{error.message}."


def interruption_in_words(error: ApiError) -> str:
    """Return why a job does not go on."""
    if isinstance(error, IncidentConflict):
        return in_words(error)
    return gettext("It was interrupted: whoever it runs for may no longer do this.")
