"""The stored searches of incidents and sign-outs, which another version may have written."""

from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import Incident, SignOut
from sessions_api.services.session_search import SessionSearch


def search_of(row: Incident | SignOut) -> SessionSearch | None:
    """Return the sessions that a row is about; None if this version cannot read them."""
    try:
        return row.search
    except ValueError:
        return None


def require_readable(row: Incident | SignOut) -> SessionSearch:
    """Return the sessions that a row is about.

    :raises IncidentConflict: this version cannot read them.
    """
    if (search := search_of(row)) is None:
        raise IncidentConflict("unreadable_filter")
    return search
