"""Sign-outs that wait for a second person, for those who may decide about them."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from sessions_api.accounts.privileges import END_SESSIONS, may
from sessions_api.incidents.models import SignOut
from sessions_api.incidents.privileges import CHANGE_INCIDENTS, VIEW_INCIDENTS

#: What has been decided about neither by a second person nor by stopping it.
WAITING = Q(needs_approval=True, is_declined=False, decided_at=None, finished_at=None)


def waiting_sign_outs() -> QuerySet[SignOut]:
    """Return the sign-outs of open incidents that wait for approval."""
    rows = SignOut.objects.filter(WAITING, incident__closed_at=None)
    return rows.select_related("incident")


def may_decide(request: HttpRequest) -> bool:
    """Return whether the user may approve and decline sign-outs of others."""
    needed = (VIEW_INCIDENTS, CHANGE_INCIDENTS, END_SESSIONS)
    return all(may(request.user, one) for one in needed)
