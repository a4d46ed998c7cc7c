"""What the verbs of ``manage.py incident`` act on, who acts, and the errors in words."""

from typing import TypeVar

from django.core.management.base import CommandError
from django.db.models import Model
from django.utils.translation import override

from killswitches.approvals.people import by_name
from killswitches.command_line import command_line, operator_name
from sessions_api.accounts.privileges import END_SESSIONS, may
from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError
from sessions_api.incidents import refusals
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services.searches import require_readable
from sessions_api.management.ending import operator
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch

#: What somebody needs to request or to decide a sign-out, as in the admin.
NEEDED = (CHANGE_INCIDENTS, END_SESSIONS)

#: What an operator can do about a conflict, after the sentence of the admin.
HINTS = {
    "unfinished": "“show” lists it.",
    "mail_is_off": (
        "That needs the app sessions_api.notices, a mail server, SITE_URL, and the kind “incident” "
        "in NOTICES."
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
        raise CommandError(
            f"The account {account!r} does not exist, or may not end sessions of incidents."
        )
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
    """Return an error of the services as the sentences of the admin, and what to do about it."""
    # The other texts of commands are in English, too.
    with override(None):
        text = refusals.in_words(error)
    if not isinstance(error, IncidentConflict):
        return text
    if error.reason == "changed":
        # There is no page that shows them.
        return "Somebody has changed the filter meanwhile. Nothing was ended. Preview it again."
    hint = HINTS.get(error.reason, "")
    if error.reason == "closed":
        hint = f"To reopen it: {command_line('incident', 'reopen', error.incident)}"
    return f"{text} {hint}".rstrip()


def interruption_in_words(error: ApiError) -> str:
    """Return why a job does not go on, as the sentence of the admin."""
    with override(None):
        return refusals.interruption_in_words(error)


def _find(model: type[Row], pk: int, what: str) -> Row:
    row = model._base_manager.filter(pk=pk).first()
    if row is None:
        raise CommandError(f"There is no {what} {pk}.")
    return row
