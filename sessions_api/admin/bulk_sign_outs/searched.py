"""Bulk sign-outs that the command line has started, which the admin can resume."""

from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from sessions_api.accounts.kinds import AccountKey
from sessions_api.models import UserSessionQuerySet
from sessions_api.services.session_search import SessionSearch


@dataclass(frozen=True)
class Searched:
    """All sessions that a search of the command line finds."""

    search: SessionSearch

    @property
    def indexed(self) -> bool:
        """Return whether an index finds them."""
        return self.search.indexed

    @property
    def owners(self) -> list[AccountKey]:
        """Return the primary keys of the users, if all sessions of theirs are meant."""
        return self.search.owners

    def sessions(self, site: AdminSite, request: HttpRequest) -> UserSessionQuerySet:
        """Return those that the search finds now."""
        return self.search.sessions()

    def as_data(self) -> dict[str, object]:
        """Return them for JSON; :meth:`SessionSearch.from_data` reads it."""
        return self.search.as_data()

    def __str__(self) -> str:
        return str(self.search)
