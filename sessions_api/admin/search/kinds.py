"""The kinds of rows that the search finds, each by indexes, and a bounded number of rows."""

from collections.abc import Callable, Collection, Sequence
from typing import cast

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from killswitches.relative_times import recent_time
from sessions_api.accounts.lookup import email_field, is_staff, user_key
from sessions_api.accounts.prefixes import find_by_prefix, prefix_fields
from sessions_api.accounts.privileges import is_superuser
from sessions_api.admin.audit.search import events_from, with_value
from sessions_api.admin.links import list_url, page_url
from sessions_api.admin.listing.search import find_addresses, find_session_ids
from sessions_api.admin.search.past import ended_sessions
from sessions_api.admin.search.results import LISTED, Results, Row, Search
from sessions_api.databases.sizes import more_than
from sessions_api.databases.windows import Indexed
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.session_states import state_of

#: Request ids are no longer.
REQUEST_ID_LENGTH = 64


def users(search: Search) -> Results | None:
    """Find accounts by username, email address and id, and by how the first two begin."""
    if not search.finds_users:
        return None
    exact = search.accounts
    similar = [account.pk for account in find_by_prefix(search.term, LISTED + 1)]
    model: type[AbstractBaseUser] = get_user_model()
    accounts = _rows_of(search, model).filter(pk__in={*exact, *similar})
    found = cast(list[AbstractBaseUser], list(accounts) if exact or similar else [])
    found.sort(key=lambda account: (account.pk not in exact, account.get_username().lower()))
    has_more = len(found) > LISTED
    return Results(
        title=gettext("Users"),
        looked_for=users_in_words(prefix_fields(), email_field()),
        headers=[
            gettext("User"),
            gettext("Email address"),
            gettext("User ID"),
            gettext("State"),
            gettext("More"),
        ],
        rows=[_user_row(search, account) for account in found[:LISTED]],
        list_url=list_url(search.site, model, q=search.term) if has_more else "",
        list_text=more_than(LISTED) if has_more else "",
    )


def sessions(search: Search) -> Results | None:
    """Find sessions by id, address and network.

    Those of an account are found by its exact name too, if the user may not find the account.
    """
    if not search.may_view(UserSession):
        return None
    meanings = [*find_session_ids(search.term), *find_addresses(search.term)]
    if not search.finds_users:
        meanings += [Indexed.equal("user", key, sorted_by="sid") for key in search.accounts]
    rows = _rows_of(search, UserSession).prefetch_related("user")
    by_key = {one.pk: one for meaning in meanings for one in _first(rows, meaning)}
    found = cast(list[UserSession], [*by_key.values()])
    is_long = len(found) > LISTED
    return Results(
        title=gettext("Sessions"),
        looked_for=gettext("Sessions of this ID, and from this IP address or network"),
        headers=[
            gettext("Session"),
            gettext("User"),
            gettext("IP address"),
            gettext("Created"),
            gettext("State"),
        ],
        rows=[] if is_long else [_session_row(search, one) for one in found],
        list_url=list_url(search.site, UserSession, q=search.term) if is_long else "",
        list_text=more_than(LISTED) if is_long else "",
    )


def events(search: Search) -> Results | None:
    """Find whether there are events from an address or network, of a request, or of an account.

    The page of an account that exists has its events, so they are found here only if the user may
    not view that page, or if it has been deleted.
    """
    if not search.may_view(AuditEvent):
        return None
    keys = [] if search.finds_users else [*search.accounts]
    deleted = None if search.accounts else user_key(search.term)
    if deleted is not None:
        keys.append(deleted)
    meanings = [
        *events_from(search.term),
        *(with_value(f"{column}_id", key) for column in ("actor", "subject") for key in keys),
    ]
    query = {"q": search.term}
    rows = _rows_of(search, AuditEvent)
    exists = any(_first(rows, meaning, 1) for meaning in meanings)
    if not exists and len(search.term) <= REQUEST_ID_LENGTH:
        query = {"request_id": search.term}
        exists = bool(_first(rows, with_value("request_id", search.term), 1))
    return Results(
        title=gettext("Audit log"),
        looked_for=gettext(
            "Audit events from this IP address or network, of this user ID, and of this request ID"
        ),
        list_url=list_url(search.site, AuditEvent, **query) if exists else "",
        list_text=gettext("Events that match") if exists else "",
    )


#: All kinds, in the order of the page. Each is None if the user may not view it.
KINDS: Sequence[Callable[[Search], Results | None]] = (
    users,
    sessions,
    ended_sessions,
    events,
)


def users_in_words(by_prefix: Collection[str], email: str | None) -> str:
    """Return which users are found.

    :param by_prefix: the fields whose beginning is enough.
    :param email: the field of email addresses, if there is one.
    """
    if not by_prefix:
        return gettext("Users of this username, email address or ID")
    if email is None or email in by_prefix:
        return gettext("Users whose username or email address begins with this, or whose ID it is")
    return gettext("Users whose username begins with this, or whose email address or ID it is")


def _rows_of(search: Search, model: type[Model]) -> QuerySet[Model]:
    """Return the rows that the list shows to this user: a host's class may leave some out.

    What the list fetches with them, for its own columns, is not.
    """
    return search.site.get_model_admin(model).get_queryset(search.request).prefetch_related(None)


def _first(rows: QuerySet[Model], meaning: Indexed, most: int = LISTED + 1) -> list[Model]:
    # In the order of the index, so that the planner has no reason to scan the table.
    order = filter(None, [meaning.behind, meaning.sorted_by])
    return list(rows.filter(meaning.condition).order_by(*order)[:most])


def _user_row(search: Search, account: AbstractBaseUser) -> Row:
    email = email_field()
    lists = [
        format_html(
            '<a href="{}">{}</a>', list_url(search.site, model, **{column: account.pk}), text
        )
        for model, column, text in (
            (UserSession, "user", gettext("Sessions")),
            (AuditEvent, "subject", gettext("Events")),
        )
        if search.may_view(model)
    ]
    states = [
        gettext("active") if account.is_active else gettext("banned"),
        gettext("superuser") if is_superuser(account) else "",
        gettext("staff") if is_staff(account) else "",
    ]
    return Row(
        page_url(search.site, account),
        account.get_username(),
        [
            getattr(account, email, "") or "" if email else "",
            str(account.pk),
            ", ".join(filter(None, states)),
            format_html_join(" · ", "{}", [(link,) for link in lists]),
        ],
    )


def _session_row(search: Search, session: UserSession) -> Row:
    return Row(
        page_url(search.site, session),
        session.name,
        [
            session.user.get_username(),
            session.address or "",
            recent_time(session.created_at),
            str(state_of(session).label),
        ],
    )
