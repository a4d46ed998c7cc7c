"""Columns that several tables have in common."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .conditions.conditions import STORED_LENGTH

NAME_LENGTH = 255
REASON_LENGTH = 500


def conditions_column() -> "models.CharField[str, str]":
    """Return the column for the conditions of a switch."""
    # The default is also one of the database, for rows of a version that knows no conditions.
    return models.CharField(
        _("only for"), max_length=STORED_LENGTH, blank=True, default="", db_default=""
    )
