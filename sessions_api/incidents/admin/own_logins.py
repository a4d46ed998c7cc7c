"""Whether a sign-out of an incident ends the login to the console with which it is confirmed."""

from collections.abc import Collection, Iterable

from django.db.models import Exists
from django.http import HttpRequest

from sessions_api.accounts.privileges import without_superusers
from sessions_api.incidents.models import SignOut
from sessions_api.incidents.services.searches import search_of
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch


def includes_own_login(request: HttpRequest, search: SessionSearch) -> bool:
    """Return whether the session of this very login matches.

    Without ``CONSOLE_SESSIONS`` there is none, and the login stays.
    """
    session = Actor.of(request).session
    return session is not None and search.sessions().filter(pk=session.pk).exists()


def ending_own_login(request: HttpRequest, sign_outs: Iterable[SignOut]) -> Collection[int]:
    """Return the keys of the sign-outs that would end this very login, in at most one query."""
    session = Actor.of(request).session
    if session is None:
        return ()
    matches = {}
    for one in sign_outs:
        search, bulk = search_of(one), one.bulk_sign_out
        # One that has begun ends no session that is newer.
        if search is None or (bulk and session.pk > bulk.newest_pk):
            continue
        rows = search.sessions().filter(pk=session.pk)
        matches[one.pk] = without_superusers(rows, "user__") if one.spares_superusers else rows
    if not matches:
        return ()
    own = UserSession.objects.filter(pk=session.pk)
    found = own.values_list(*map(Exists, matches.values())).first() or ()
    return {key for key, is_ended in zip(matches, found, strict=False) if is_ended}
