"""The switches in the Django admin: to see, to flip, and to read their history."""

from .flips import SwitchFlipAdmin
from .switches import KillSwitchAdmin

__all__ = ["KillSwitchAdmin", "SwitchFlipAdmin"]
