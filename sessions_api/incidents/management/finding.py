"""What the verbs of ``manage.py incident`` act on, who acts, and the errors in words."""

from typing import TypeVar

from django.core.management.base import CommandError
from django.db.models import Model

from killswitches.approvals.people import by_name
from killswitches.command_line import command_line, operator_name
from sessions_api.accounts.privileges import END_SESSIONS, may
from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services.searches import require_readable
from sessions_api.management.ending import operator
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch

#: What somebody needs to request or to decide a sign-out, as in the admin.
NEEDED = (CHANGE_INCIDENTS, END_SESSIONS)

#: Why the state of an incident does not allow something.
CONFLICTS = {
    "unreadable_filter": "Another version has stored its search for sessions.",
    "changed": "The incident is about other sessions by now. Look at it again.",
    "unfinished": "An earlier one has not finished. Go on with it or stop it; “show” lists it.",
    "waiting": "It waits for approval.",
    "finished": "It has finished already.",
    "decided": "It does not wait for approval, or no longer.",
    "own_request": "Somebody else than who requested it has to approve it.",
    "nobody_to_tell": "All owners of ended sessions have been told.",
    "mail_is_off": (
        "No mails to owners are sent: that needs the app sessions_api.notices, a mail server, "
        "SITE_URL, and the kind “incident” in NOTICES."
    ),
}

Row = TypeVar("Row", bound=Model)


def find_incident(pk: int) -> Incident:
    """Return an incident.

    :raises CommandError: there is none with this number.
    """
    return _find(Incident, pk, "incident")


def find_sign_out(pk: int) -> SignOut:
    """Return a sign-out, with its incident.

    :raises CommandError: there is none with this number.
    """
    return _find(SignOut, pk, "sign-out of an incident")


def find_mail(pk: int) -> OwnersMail:
    """Return a mail to owners, with its incident.

    :raises CommandError: there is none with this number.
    """
    return _find(OwnersMail, pk, "mail to owners")


def actor_of(account: str | None) -> Actor:
    """Return who acts: the operator, or a member of staff who is named.

    :raises CommandError: there is no such account, or it may not end sessions of incidents.
    """
    if account is None:
        return operator()
    found = by_name(account)
    if found is None or not all(may(found, permission) for permission in NEEDED):
        raise CommandError(f"{account!r} is no account that may end the sessions of incidents.")
    # So that the audit log also shows who sat at the keyboard.
    client = Client(address=None, user_agent=operator_name())
    return Actor(user=found, client=client, permissions=NEEDED)


def search_of(row: Incident | SignOut) -> SessionSearch:
    """Return the stored search of an incident or a sign-out.

    :raises CommandError: it is of another version.
    """
    try:
        return require_readable(row)
    except IncidentConflict as error:
        raise CommandError(in_words(error)) from error


def in_words(error: ApiError) -> str:
    """Return an error of the services as a sentence."""
    if isinstance(error, IncidentConflict):
        if error.reason == "closed":
            reopen = command_line("incident", "reopen", error.incident)
            return f"The incident is closed. To go on with it: {reopen}"
        return CONFLICTS.get(error.reason, f"Its state does not allow this ({error.reason}).")
    return f"It was refused ({error.code})."


def _find(model: type[Row], pk: int, what: str) -> Row:
    row = model._base_manager.filter(pk=pk).first()
    if row is None:
        raise CommandError(f"There is no {what} {pk}.")
    return row
