"""What one may look for in the audit trail, and which index finds it."""

import functools
import operator
from collections.abc import Collection, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import find_accounts, user_key
from sessions_api.admin.listing.search import find_addresses
from sessions_api.callers.networks import read_network
from sessions_api.databases.windows import Indexed

SEARCH_HELP = _("Exact username, email, user ID, IP or network, of either of the two users")
#: In place of the column by which an index sorts events, where none finds them.
NO_INDEX = ""

#: Events meet a condition where one of these finds them.
Condition = Sequence[Indexed]


def find_events(term: str) -> Condition:
    """The events from an address or network, or by or of an account, that a term means."""
    return events_from(term) or events_of(term, find_accounts(term), "actor", "subject")


def events_of(text: str, accounts: Collection[AccountKey], *columns: str) -> Condition:
    """The events in one of whose columns an account stands.

    :param text: its username, email address or id. The id of an account that is gone finds its
        events too; a name that no account has finds those that kept it, by no index.
    :param accounts: the keys of the accounts that the text names.
    :param columns: ``actor``, ``subject`` or both.
    """
    key = user_key(text)
    if keys := accounts or ([] if key is None else [key]):
        return [with_value(f"{column}_id", key) for column in columns for key in keys]
    return [Indexed(Q((f"{column}_name", text)), NO_INDEX) for column in columns]


def events_from(text: str) -> Condition:
    """The events from an address or network; none where the text is neither."""
    network = read_network(text)
    if network is not None and network.num_addresses == 1:
        return [with_value("address", str(network[0]))]
    return find_addresses(text)


def with_value(column: str, value: object) -> Indexed:
    """The events with a value in a column, one of those behind which an index has the time."""
    return Indexed.equal(column, value, sorted_by="at")


def any_of(condition: Condition) -> Q:
    return functools.reduce(operator.or_, (one.condition for one in condition))
