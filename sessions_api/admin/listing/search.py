"""Searching sessions and events, by indexes only.

Parts of names are not searched, because no index supports that, and prefixes are supported in some
collations only. The list of users can be searched by parts of names.
"""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.lookup import find_accounts
from sessions_api.callers.networks import read_network
from sessions_api.databases.windows import Indexed

SESSION_HELP = _(
    "Exact username, email, user ID, session ID, IP or network. Part of a name? Search Users"
)
#: A placeholder for the column that an index sorts by, if no index finds the rows.
NO_INDEX = ""
#: Every number of at most this many digits fits the column of session ids.
SID_DIGITS = 18


def find_addresses(term: str) -> list[Indexed]:
    """Return a condition on ``address``, if the term is an IP address or a network.

    :returns: empty if it is neither.
    """
    network = read_network(term)
    return [] if network is None else [Indexed(Q(address__in_network=network), "address")]


def find_session_ids(term: str) -> list[Indexed]:
    """Return a condition on ``sid``, if the term can be a session id; otherwise none."""
    sid = read_number(term)
    return [] if sid is None else [Indexed(Q(sid=sid), "sid")]


def read_number(text: str) -> int | None:
    """Return a session id or a key of a session, if the text can be one."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= SID_DIGITS
    return int(text) if is_number else None


def find_sessions(term: str) -> list[Indexed]:
    """Return the conditions by which sessions match a term; see :data:`SESSION_HELP`."""
    of_accounts = [Indexed(Q(user=key), "sid") for key in find_accounts(term)]
    return of_accounts + find_session_ids(term) + find_addresses(term)
