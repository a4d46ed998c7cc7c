"""Sessions that have ended, in the search."""

from django.utils.translation import gettext

from killswitches.relative_times import recent_time
from sessions_api.admin.links import ENDED, STATE, list_url, session_url
from sessions_api.admin.listing.search import find_session_ids
from sessions_api.admin.search.results import LISTED, Results, Row, Search
from sessions_api.databases.sizes import more_than
from sessions_api.models import PastSession, UserSession
from sessions_api.models.accounts import DeletedAccount


def ended_sessions(search: Search) -> Results | None:
    """Find ended sessions by id."""
    if not search.may_view(UserSession):
        return None
    # A host may show sessions by a class of its own, which decides about the ended ones, too.
    shown_by = getattr(search.site.get_model_admin(UserSession), "past", None)
    rows = PastSession.objects.none() if shown_by is None else shown_by.get_queryset(search.request)
    meanings = find_session_ids(search.term)
    found = [one for meaning in meanings for one in rows.filter(meaning.condition)[: LISTED + 1]]
    is_long = len(found) > LISTED
    return Results(
        title=gettext("Ended sessions"),
        looked_for=gettext("Ended sessions of this ID"),
        headers=[
            gettext("Session"),
            gettext("User"),
            gettext("IP address"),
            gettext("Ended"),
            gettext("How"),
        ],
        rows=[] if is_long else [_row(search, one) for one in found],
        list_url=list_url(search.site, UserSession, **{STATE: ENDED}, q=search.term)
        if is_long
        else "",
        list_text=more_than(LISTED) if is_long else "",
    )


def _row(search: Search, past: PastSession) -> Row:
    owner = past.user
    is_deleted = isinstance(owner, DeletedAccount)
    return Row(
        session_url(search.site, past.session_pk),
        past.name,
        [
            str(owner.pk) if is_deleted else owner.get_username(),
            past.address or "",
            recent_time(past.ended_at),
            past.cause_label,
        ],
    )
