"""A link that is used while something else happens to its account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from sessions_api.models import AuditEvent
from sessions_api.notices.models import Notice
from sessions_api.notices.services.delivery import send_due
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from tests.cast import PASSWORD
from tests.held_up import held_up
from tests.sessions_api.notices.letters import PAGE, letters, token_of
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(ann: Any, mailoutbox: Any) -> str:
    tell(NoticeKind.NEW_PASSWORD, ann, actor=Actor(name="the test"))
    send_due()
    return token_of(letters()[0])


def post(token: str) -> Callable[[], Any]:
    return lambda: Browser().post(PAGE, {"token": token})


def secured() -> int:
    return AuditEvent.objects.filter(kind=AuditEvent.Kind.ACCOUNT_SECURED).count()


def links_for_passwords() -> int:
    return Notice.objects.filter(kind="new_password_link").count()


def test_of_two_clicks_at_once_one_counts(token: str) -> None:
    statuses = [page.status_code for page in together(*[post(token)] * 4)]
    assert sorted(statuses) == [200, 404, 404, 404]
    assert (secured(), links_for_passwords()) == (1, 1)


def test_of_two_links_at_once_one_counts(ann: Any, token: str) -> None:
    tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))
    send_due()
    other = token_of(letters()[1])
    statuses = [page.status_code for page in together(post(token), post(other))]
    assert sorted(statuses) == [200, 404]
    assert (secured(), links_for_passwords()) == (1, 1)


def test_an_address_that_is_changed_in_that_moment(ann: Any, token: str) -> None:
    def change(account: Any) -> None:
        accounts = get_user_model().objects.filter(pk=account.pk)
        accounts.update(email="mallory@example.com")

    page = held_up(post(token), change, ann)
    assert "Ask the staff" in page.content.decode()
    ann.refresh_from_db()
    assert not ann.has_usable_password()
    assert links_for_passwords() == 0


def test_a_password_that_is_changed_in_that_moment(ann: Any, token: str) -> None:
    def change(account: Any) -> None:
        account.set_password(f"{PASSWORD}, theirs")
        account.save()

    assert held_up(post(token), change, ann).status_code == 200
    ann.refresh_from_db()
    assert not ann.check_password(f"{PASSWORD}, theirs")
    assert (secured(), links_for_passwords()) == (1, 1)
