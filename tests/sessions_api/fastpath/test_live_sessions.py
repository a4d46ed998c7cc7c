"""Active sessions, as decided by the query, by the statement of requests, and by the object."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from sessions_api.fastpath.live_sessions import find_live_session
from sessions_api.models import UserSession
from sessions_api.passwords.marks import password_mark

pytestmark = pytest.mark.django_db

OTHER = password_mark("the hash of another password")
NOW = timezone.now()


@pytest.mark.parametrize("ends", [True, False], ids=["new passwords end", "they end none"])
@pytest.mark.parametrize("usable", [True, False], ids=["password", "no password"])
@pytest.mark.parametrize("earlier", ["none", "own", "other"], ids="earlier mark {}".format)
@pytest.mark.parametrize("mark", ["none", "own", "other"], ids="mark {}".format)
@pytest.mark.parametrize("left", [-1, 0, 1], ids="seconds left {}".format)
def test_query_request_and_object_agree(
    left: int, mark: str, earlier: str, usable: bool, ends: bool, ann: Any
) -> None:
    if not usable:
        ann.set_unusable_password()
        ann.save()
    marks = {"none": "", "own": password_mark(ann.password), "other": OTHER}
    session = UserSession.objects.create(
        user=ann,
        sid=1,
        expires_at=NOW + timedelta(seconds=left),
        password_mark=marks[mark],
        earlier_mark=marks[earlier],
    )
    has_password = not ends or mark == "none" or "own" in (mark, earlier)
    lives = left > 0 and has_password
    host = settings.SESSIONS_API | {"PASSWORD_CHANGE_ENDS_SESSIONS": ends}
    with override_settings(SESSIONS_API=host):
        found = find_live_session(ann.pk, session.sid, session.jti, NOW)
        sessions = UserSession.objects.all()
        assert session.has_password_of(ann) == has_password
        assert (found is not None) == lives
        assert sessions.active(NOW).exists() == lives
        assert sessions.active(NOW, owner=ann).exists() == lives
        assert sessions.superseded(NOW).exists() == (left > 0 and not lives)
        assert sessions.expired(NOW).exists() == (left <= 0)
