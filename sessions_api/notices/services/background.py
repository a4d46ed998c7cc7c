"""The background thread of a server process that sends notices."""

from collections.abc import Callable
from datetime import datetime

from django.db import connections

from sessions_api.databases.background import BackgroundThread
from sessions_api.notices.services.delivery import next_due, send_due


def send(until: Callable[[], bool]) -> datetime | None:
    """Send what is due; return when more is, or None to wait for a while."""
    # Requests may need the connection while the mail server takes its time.
    outcome = send_due(until, before_mail=connections.close_all)
    return None if outcome.is_cut_short else next_due()


_sender = BackgroundThread("notices", "look for notices to be sent", send)


def sender() -> BackgroundThread:
    """Return the sender of this process."""
    return _sender
