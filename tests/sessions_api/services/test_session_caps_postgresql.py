"""The maximum number of sessions with parallel logins."""

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.exceptions import TooManySessions
from sessions_api.models import UserSession
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("ends", [False, True], ids=["refusing", "ending"])
def test_fifty_parallel_logins_never_exceed_it(ann: Any, log_in: Any, ends: bool) -> None:
    def begin() -> bool:
        try:
            log_in(ann)
        except TooManySessions:
            return False
        return True

    caps = {"SESSIONS_PER_USER": 7, "END_EXCESS_SESSIONS": ends}
    with override_settings(SESSIONS_API=settings.SESSIONS_API | caps):
        begun = together(*[begin] * 50)
    assert sum(begun) == (50 if ends else 7)
    assert UserSession.objects.owned_by(ann).active().count() == 7
