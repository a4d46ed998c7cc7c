"""What the room says if a service refuses because of the state of an incident."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.incidents.exceptions import IncidentConflict

MESSAGES = {
    "closed": _("This incident is closed. Nothing was changed. Reopen it to go on."),
    "finished": _("It had finished already. Nothing was changed."),
    "waiting": _("It waits for approval. Nothing was changed."),
    "unreadable_filter": _("This version cannot read the filter. Enter it again."),
    "decided": _("Somebody has approved or declined it already. Nothing was changed."),
    "own_request": _("You requested this yourself. Somebody else has to approve it."),
    "unfinished": _(
        "An earlier one has not finished yet. Nothing was changed. Wait for it, or stop it."
    ),
    "changed": _(
        "Somebody has changed the filter while this page was open. Nothing was ended. Check the "
        "sessions below, and send it again."
    ),
    "nobody_to_tell": _("All owners of ended sessions have been told. Nothing was sent."),
    "mail_is_off": _("Owners cannot be told: this service sends no mail about incidents."),
}


def conflict_message(error: IncidentConflict) -> str:
    """Return why nothing was changed."""
    text = MESSAGES.get(error.reason)
    return gettext("The incident has changed. Nothing was done.") if text is None else str(text)
