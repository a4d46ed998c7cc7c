"""What is searched for, and what is found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import find_accounts
from sessions_api.admin.links import may_view

#: The maximum length of a term. Longer ones find nothing.
LONGEST = 255
#: The maximum number of rows of a kind. If there are more, a list shows them.
LISTED = 10


@dataclass(frozen=True)
class Row:
    """A row that was found.

    :param url: its page.
    :param text: its name.
    :param cells: what tells it from others; some of them are HTML.
    """

    url: str
    text: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Results:
    """What was found of one kind.

    :param title: the kind.
    :param looked_for: what was searched, in words.
    :param headers: those of the columns.
    :param list_url: the list that shows what was found; empty if the rows are all of it.
    :param list_text: how many it shows, in words.
    """

    title: str
    looked_for: str
    headers: Sequence[str] = ()
    rows: Sequence[Row] = field(default_factory=list)
    list_url: str = ""
    list_text: str = ""

    @property
    def lines(self) -> Iterator[tuple[Row, list[tuple[str, str]]]]:
        """Yield each row, and its cells with their headers."""
        for row in self.rows:
            yield row, list(zip(self.headers[1:], row.cells, strict=True))

    @property
    def urls(self) -> list[str]:
        """Where the answers are."""
        return [*(row.url for row in self.rows), *([self.list_url] if self.list_url else [])]


class Search:
    """A search by a member of staff.

    :param text: what was typed or pasted. Characters that cannot be seen are dropped: chats and
        documents put them around names.
    """

    def __init__(self, site: AdminSite, request: HttpRequest, text: str) -> None:
        self.site, self.request = site, request
        self.term = "".join(filter(str.isprintable, text)).strip()
        self.is_too_long = len(self.term) > LONGEST

    def may_view(self, model: type[Model]) -> bool:
        """Return whether the user may view rows of the model here."""
        return may_view(self.site, self.request, model)

    @cached_property
    def finds_users(self) -> bool:
        """Whether the user may find accounts."""
        return self.may_view(get_user_model())

    @cached_property
    def accounts(self) -> set[AccountKey]:
        """The keys of the accounts whose login name, email address or id is exactly the term."""
        return find_accounts(self.term)
