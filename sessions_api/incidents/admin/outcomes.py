"""What became of a sign-out, for the report and the timeline."""

from dataclasses import dataclass

from sessions_api.databases.sizes import grouped
from sessions_api.incidents.admin.numbers import Stored, stored
from sessions_api.incidents.models import SignOut


@dataclass(frozen=True)
class Outcome:
    """What became of a sign-out.

    :param shown: what its preview has shown.
    :param ended: how many it has ended, in words.
    """

    row: SignOut
    shown: Stored
    ended: str


def outcome_of(sign_out: SignOut) -> Outcome:
    """Return what became of a sign-out."""
    return Outcome(sign_out, stored(sign_out), grouped(sign_out.ended))
