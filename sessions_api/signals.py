"""What a host may listen to. Each is sent after the commit; a receiver that fails harms nothing."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

#: A session was made: ``session`` (UserSession), ``client`` (Client).
session_created = Signal()
#: Sessions have ended: ``ended`` (EndedSessions, a sequence of EndedSession), ``actor`` (Actor),
#: ``reason`` (str). A long bulk sign-out sends it for each of its batches.
sessions_ended = Signal()
#: A login failed: ``user`` (None where the name is unknown), ``client`` (Client), ``code`` (str).
login_failed = Signal()
#: A password asked for again was wrong: ``actor`` (Actor).
reverification_failed = Signal()
#: A challenge was answered rightly: ``user``, ``purpose``, ``type``, ``client`` (Client).
challenge_passed = Signal()
#: A challenge was answered wrongly: ``user``, ``purpose``, ``type``, ``client`` (Client).
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
    """Send the signal once the transaction around it is committed; at once where there is none."""
    transaction.on_commit(partial(signal.send_robust, sender, **what))
