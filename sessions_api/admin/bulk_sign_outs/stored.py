"""The criteria that bulk sign-outs are stored with: from pages of the admin or the command line."""

from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.http import HttpRequest

from sessions_api.admin.bulk_sign_outs.criteria import Criteria, criteria_of
from sessions_api.models import UserSessionQuerySet
from sessions_api.services.session_search import SessionSearch


@dataclass(frozen=True)
class Searched:
    """All sessions that match a search from the command line."""

    search: SessionSearch

    @property
    def indexed(self) -> bool:
        """Whether an index finds the sessions."""
        return self.search.indexed

    def sessions(self, site: AdminSite, request: HttpRequest) -> UserSessionQuerySet:
        """Return the sessions that match now."""
        return self.search.sessions()


def stored_criteria(data: object) -> Criteria | Searched:
    """Return stored criteria. Unlike criteria that pages post, they may be a search.

    :raises BadRequest: the data is invalid.
    """
    match data:
        case {"kind": "search"}:
            try:
                return Searched(SessionSearch.from_data(data))
            except ValueError as error:
                raise BadRequest("Invalid criteria") from error
    return criteria_of(data)
