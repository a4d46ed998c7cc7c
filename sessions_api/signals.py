"""Signals for hosts. They are sent after the commit, and errors of receivers are only logged."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

#: A session was created: ``session`` (UserSession), ``client`` (Client).
session_created = Signal()
#: Sessions were ended: ``ended`` (EndedSessions, a sequence of EndedSession), ``actor`` (Actor),
#: ``reason`` (str), ``cause`` (EndCause). A bulk sign-out sends it for each batch.
sessions_ended = Signal()
#: A login failed: ``user`` (None if the name is unknown), ``client`` (Client), ``code`` (str).
login_failed = Signal()
#: A wrong password was given at a reverification: ``actor`` (Actor).
reverification_failed = Signal()
#: A challenge was answered correctly: ``user``, ``purpose``, ``type``, ``client`` (Client).
challenge_passed = Signal()
#: A challenge was answered incorrectly: ``user``, ``purpose``, ``type``, ``client`` (Client).
challenge_failed = Signal()
#: A second factor was enrolled: ``factor`` (SecondFactor), ``actor`` (Actor).
factor_enrolled = Signal()
#: Second factors were removed: ``user``, ``factors`` (list of ids), ``actor`` (Actor), ``reason``
#: (str).
factors_removed = Signal()
#: An account was banned or unbanned: ``user``, ``banned`` (bool), ``actor`` (Actor), ``reason``
#: (str).
ban_changed = Signal()


def send_after_commit(signal: Signal, sender: type, **what: object) -> None:
    """Send a signal after the current transaction has been committed; at once if there is none."""
    transaction.on_commit(partial(signal.send_robust, sender, **what))
