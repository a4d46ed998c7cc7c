"""Searching the audit log, and the indexes that each search uses."""

import functools
import operator
from collections.abc import Collection, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import find_accounts, user_key
from sessions_api.admin.listing.search import NO_INDEX, find_addresses
from sessions_api.callers.networks import read_network
from sessions_api.databases.windows import Indexed

SEARCH_HELP = _("Exact username, email, user ID, IP or network, of either of the two users")

#: Events meet a condition if they meet one of its parts.
Condition = Sequence[Indexed]


def find_events(term: str) -> Condition:
    """Return the condition for events from an address or network, or by or about an account."""
    return events_from(term) or events_of(term, find_accounts(term), "actor", "subject")


def events_of(text: str, accounts: Collection[AccountKey], *columns: str) -> Condition:
    """Return the condition for events that have an account in one of the columns.

    :param text: the username, email address or id. The id of a deleted account finds its events as
        well; a name that no account has is compared with the recorded names, without an index.
    :param accounts: the keys of the accounts that match the text.
    :param columns: ``actor``, ``subject`` or both.
    """
    key = user_key(text)
    if keys := accounts or ([] if key is None else [key]):
        return [with_value(f"{column}_id", key) for column in columns for key in keys]
    return [Indexed(Q((f"{column}_name", text)), NO_INDEX) for column in columns]


def events_from(text: str) -> Condition:
    """Return the condition for events from an address or network; empty if it is neither."""
    network = read_network(text)
    if network is not None and network.num_addresses == 1:
        return [with_value("address", str(network[0]))]
    return find_addresses(text)


def events_naming(session: str) -> Condition:
    """Return the condition for events whose detail has the ID of a session, in any place.

    No index supports it. Beside an account, those of the account are searched.

    :param session: digits.
    """
    # SQLite cannot search arrays in JSON.
    return [Indexed(Q(detail__regex=f"(^|[^0-9]){session}([^0-9]|$)"), NO_INDEX)]


def with_value(column: str, value: object) -> Indexed:
    """Return the condition for a value in a column that an index has before the time."""
    return Indexed.equal(column, value, sorted_by="at")


def any_of(condition: Condition) -> Q:
    return functools.reduce(operator.or_, (one.condition for one in condition))
