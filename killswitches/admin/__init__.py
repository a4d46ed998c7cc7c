"""Viewing and flipping switches in the Django admin, and their history."""

from .flips import SwitchFlipAdmin
from .switches import KillSwitchAdmin

__all__ = ["KillSwitchAdmin", "SwitchFlipAdmin"]
