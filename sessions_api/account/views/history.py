"""The security history, and downloading all of it."""

from datetime import UTC

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from sessions_api.account import policies
from sessions_api.account.presentation.events import content_of_download, entries_of
from sessions_api.account.presentation.sessions import SessionEntry
from sessions_api.account.views.base import AccountPage
from sessions_api.databases.windows import Cursor
from sessions_api.models import AuditEvent
from sessions_api.services import security_history as history
from sessions_api.services.audit import event
from sessions_api.services.audit_exports import FORMATS, stream

#: How many events a page shows.
PAGE = 25

#: The formats of the download, by the extension of the file's name.
EXTENSIONS = ("csv", "json")

OLDER, NEWER = "before", "after"


class HistoryPage(AccountPage):
    """What has happened to the account, newest first."""

    title = _("Security history")
    template_name = "sessions_api/account/history.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show a page of it."""
        return self.render_to_response(self.get_context_data(**self.found(request)))

    def found(self, request: HttpRequest) -> dict[str, object]:
        """Return what the template shows."""
        upwards = NEWER in request.GET
        cursor = read_cursor(request.GET.get(NEWER if upwards else OLDER))
        page = history.page_of(
            self.user, PAGE, cursor=cursor, upwards=upwards and cursor is not None
        )
        return {
            "entries": entries_of(page.rows, self.user),
            "expired": [SessionEntry(past) for past in history.expired_sessions_of(self.user)]
            if cursor is None
            else [],
            "older": page.older and history.KEY.text(page.older),
            "newer": page.newer and history.KEY.text(page.newer),
            "formats": {extension: FORMATS[extension] for extension in EXTENSIONS},
        }


class DownloadPage(AccountPage):
    """All of the history as a file."""

    # Not HEAD, because every download is recorded.
    http_method_names = ["get"]
    policies = {"get": policies.DOWNLOAD}

    def get(self, request: HttpRequest, extension: str) -> HttpResponseBase:
        """Stream the file, and record that."""
        if extension not in EXTENSIONS:
            raise Http404
        chunks = history.chunks_of(self.user)
        kind = AuditEvent.Kind.AUDIT_EXPORTED
        exported = event(kind, self.actor, subject=self.user, format=extension)
        exported.save()
        name = f"Security history {exported.pk}"
        return stream(chunks, content_of_download(), extension=extension, name=name)


def read_cursor(text: str | None) -> Cursor | None:
    """Return the cursor in a link; None, which is the newest page, if there is none."""
    try:
        at, pk = history.KEY.read(text or "")
        # Some times of the first and the last day of the calendar are in no year of UTC.
        return (at.astimezone(UTC), pk)
    except (ValueError, OverflowError):
        return None
