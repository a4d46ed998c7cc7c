"""The links at the top of each page."""

from django.utils.translation import gettext_lazy as _

from sessions_api.account.extensions import Link, further_links

LINKS = (
    Link("account:sessions", _("Where you are logged in")),
    Link("account:tokens", _("API tokens")),
    Link("account:history", _("Security history")),
    Link("account:password", _("New password")),
)


def links() -> list[Link]:
    """Return the links that are offered, in their order; those of other apps come last."""
    return [link for link in (*LINKS, *further_links()) if link.is_offered()]
