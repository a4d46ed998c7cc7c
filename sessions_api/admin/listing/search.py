"""What a search term means among sessions or events: an index answers each of its meanings.

A part of a name is none of them, for no index knows it, nor a beginning, for which the index of a
name is good in some collations only. The list of users finds people by parts of their names.
"""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.lookup import find_accounts
from sessions_api.callers.networks import read_network
from sessions_api.databases.windows import Indexed

SESSION_HELP = _(
    "Exact username, email, user ID, session ID, IP or network. Part of a name? Search Users"
)
#: Every number of so many digits fits the column of session ids.
SID_DIGITS = 18


def find_addresses(term: str) -> list[Indexed]:
    """What has its ``address`` in the network, or is from the address, that the term is.

    :returns: nothing to look for where the term is neither.
    """
    network = read_network(term)
    return [] if network is None else [Indexed(Q(address__in_network=network), "address")]


def find_sessions(term: str) -> list[Indexed]:
    """The sessions that a term may mean; see :data:`SESSION_HELP`."""
    meanings = [Indexed(Q(user=key), "sid") for key in find_accounts(term)]
    if term.isdecimal() and len(term) <= SID_DIGITS:
        meanings.append(Indexed(Q(sid=int(term)), "sid"))
    return meanings + find_addresses(term)
