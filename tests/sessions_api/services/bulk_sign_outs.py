"""Many sessions at once, and batches small enough to need several."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Max

from sessions_api.models import UserSession


def make_sessions(user: Any, count: int, **fields: Any) -> list[UserSession]:
    """That many live sessions of a user, the oldest first."""
    newest = UserSession.objects.aggregate(sid=Max("sid"))["sid"] or 0
    fields = {"name": "made up", "expires_at": datetime.now(UTC) + timedelta(days=1)} | fields
    return UserSession.objects.bulk_create(
        UserSession(user=user, sid=newest + number, **fields) for number in range(1, count + 1)
    )


def cut_small(patch: pytest.MonkeyPatch, **sizes: float) -> None:
    """Batches of 2 sessions from windows of 3 rows, of which a stretch has 2; ``sizes`` override.

    However slow the machine, a stretch has no other end.
    """
    small = {"BATCH": 2, "WINDOW": 3, "BATCHES": 2, "SECONDS": float("inf")}
    for name, size in (small | sizes).items():
        patch.setattr(f"sessions_api.services.bulk_sign_outs.{name}", size)
