"""Securing an account while others change it, on PostgreSQL."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.securing import PasswordChanged, password_mark, secure_account
from sessions_api.services.sessions import end_sessions
from tests.browser import alive, browser_of, page_of
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("trial", range(5))
def test_of_two_concurrent_requests_one_secures_the_account(
    ann: Any, make_user: Any, log_in: Any, trial: int
) -> None:
    logins = [log_in(ann) for _ in range(10)]
    staff = [make_user(name, is_staff=True, is_superuser=True) for name in ("kim", "lou")]
    desks = [browser_of(user) for user in staff]
    posted = {"reason": "phished", "password": "unusable", "mark": password_mark(ann)}
    pages = together(
        *[lambda desk=desk: desk.post(page_of(ann, "secure"), posted) for desk in desks]
    )
    assert sorted(page.status_code for page in pages) == [200, 302]
    [event] = AuditEvent.objects.filter(kind=AuditEvent.Kind.ACCOUNT_SECURED)
    assert event.detail["sessions"] == 10
    assert alive(*logins) == [False] * 10


@pytest.mark.parametrize("trial", range(5))
def test_sessions_ended_by_somebody_else_are_not_counted(ann: Any, log_in: Any, trial: int) -> None:
    for _ in range(20):
        log_in(ann)
    mark = password_mark(ann)
    secured, ended = together(
        lambda: secure_account(ann, actor=Actor(name="kim"), reason="x", mark=mark),
        lambda: end_sessions(UserSession.objects.filter(user=ann), actor=Actor(name="lou")),
    )
    assert secured.sessions + len(ended) == 20
    assert not UserSession.objects.exists()


@pytest.mark.parametrize("trial", range(5))
def test_a_concurrent_ban_is_recorded_once(ann: Any, trial: int) -> None:
    from sessions_api.services.bans import set_banned

    mark = password_mark(ann)
    secured, banned = together(
        lambda: secure_account(ann, actor=Actor(name="kim"), reason="x", mark=mark, ban=True),
        lambda: set_banned(ann, True, actor=Actor(name="lou")),
    )
    assert secured.banned is not banned
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.BANNED).count() == 1
    assert not get_user_model().objects.get(pk=ann.pk).is_active


def test_the_account_is_locked_before_its_password_is_compared(ann: Any) -> None:
    """Without the lock, both requests would find the password unchanged."""

    def attempt(name: str) -> bool:
        try:
            secure_account(ann, actor=Actor(name=name), reason="x", mark=mark)
        except PasswordChanged:
            return False
        return True

    mark = password_mark(ann)
    assert sorted(together(*[lambda: attempt("kim")] * 4)) == [False, False, False, True]
