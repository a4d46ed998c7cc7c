"""Helpers for tests of bulk sign-outs: many sessions, and small batches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Max

from sessions_api.models import UserSession


def make_sessions(user: Any, count: int, **fields: Any) -> list[UserSession]:
    """Create active sessions of a user, and return them, oldest first."""
    newest = UserSession.objects.aggregate(sid=Max("sid"))["sid"] or 0
    fields = {"name": "made up", "expires_at": datetime.now(UTC) + timedelta(days=1)} | fields
    return UserSession.objects.bulk_create(
        UserSession(user=user, sid=newest + number, **fields) for number in range(1, count + 1)
    )


def cut_small(patch: pytest.MonkeyPatch, **sizes: float) -> None:
    """Limit batches to 2 sessions from windows of 3 rows, and calls to 2 batches.

    Calls have no time limit, so that slow machines do not matter.
    """
    small = {"BATCH": 2, "WINDOW": 3, "BATCHES": 2, "SECONDS": float("inf")}
    for name, size in (small | sizes).items():
        patch.setattr(f"sessions_api.services.bulk_sign_outs.{name}", size)
