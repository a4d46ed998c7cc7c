"""What a host may listen to. Each is sent after the commit; a receiver that fails harms nothing.

``session_created``: ``session`` (UserSession), ``client`` (Client).
``sessions_ended``: ``ended`` (EndedSessions, a sequence of EndedSession), ``actor`` (Actor),
``reason`` (str); a long ending sends it for each of its batches.
``login_failed``: ``user`` (None where the name is unknown), ``client`` (Client), ``code`` (str).
``reverification_failed``: ``actor`` (Actor).
``challenge_passed``, ``challenge_failed``: ``user``, ``purpose``, ``type``, ``client`` (Client).
``factor_enrolled``: ``factor`` (SecondFactor), ``actor`` (Actor).
``factors_removed``: ``user``, ``factors`` (list of ids), ``actor`` (Actor), ``reason`` (str).
``ban_changed``: ``user``, ``banned`` (bool), ``actor`` (Actor), ``reason`` (str).
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

session_created = Signal()
sessions_ended = Signal()
login_failed = Signal()
reverification_failed = Signal()
challenge_passed = Signal()
challenge_failed = Signal()
factor_enrolled = Signal()
factors_removed = Signal()
ban_changed = Signal()


def send_after_commit(signal: Signal, sender: type, **what: object) -> None:
    """Send the signal once the transaction around it is committed; at once where there is none."""
    transaction.on_commit(partial(signal.send_robust, sender, **what))
