"""How rows name accounts that they outlive."""

from typing import Any

from django.conf import settings
from django.db import models


def account_that_may_go(verbose_name: str) -> "models.ForeignKey[Any, Any]":
    """A foreign key to an account whose removal changes nothing in the row.

    It keeps the key of an account that is gone, so no constraint can hold it; an index, where one
    is needed, stands in the model's ``Meta``.
    """
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
        verbose_name=verbose_name,
    )
