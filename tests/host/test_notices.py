"""Notices to accounts with a UUID and an email address, and no username."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.notices.models import KnownOrigin, Notice
from sessions_api.notices.services.background import sender
from sessions_api.services import notices
from sessions_api.services.notices import Notices
from sessions_api.testing import SessionClient
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member

ELSEWHERE = Client(address="203.0.113.9", user_agent="curl/8.0")
NEW = "a new one, which nobody has"


@pytest.fixture(autouse=True)
def _sent_by_tests() -> None:
    sender().is_on = False


@pytest.fixture
def without_plug_in() -> Iterator[None]:
    """As if the host had not installed it."""
    registered = notices.notices()
    notices.register(Notices())
    yield
    notices.register(registered)


def link_of(letter: Any) -> str:
    [link] = [line for line in letter.body.splitlines() if line.startswith("https://")]
    assert urlsplit(link).netloc == "host.example"
    return link.removeprefix("https://host.example")


def test_a_hijacked_account_is_back_with_its_owner(
    mia: Member, log_in: LogIn, api_client: SessionClient
) -> None:
    mias = log_in(mia)
    hijackers = log_in(mia, client=ELSEWHERE)
    call_command("send_notices")
    [letter] = mail.outbox
    assert letter.to == ["mia@example.com"]
    link = link_of(letter)
    assert link.startswith("/mine/not-me/?token=")
    browser = HttpClient()
    assert browser.get(link).status_code == 200
    assert UserSession.objects.count() == 2
    token = link.partition("token=")[2]
    page = browser.post("/mine/not-me/", {"token": token})
    assert "2 sessions have ended" in page.content.decode()
    for client in (mias, hijackers):
        assert client.get("/profile").status_code == 401
    login = {"username": "mia@example.com", "password": PASSWORD}
    assert api_client.post("/auth/login", login).status_code == 401

    call_command("send_notices")
    form = browser.get(link_of(mail.outbox[-1]), follow=True)
    chosen = {"new_password1": NEW, "new_password2": NEW}
    browser.post(form.redirect_chain[-1][0], chosen)
    assert api_client.post("/auth/login", login | {"password": NEW}).status_code == 201


def test_a_new_password_goes_to_the_address_of_before(mia: Member) -> None:
    mia.email = "mallory@example.com"
    mia.set_password(NEW)
    mia.save()
    assert Notice.objects.get().address == "mia@example.com"


def test_the_adapter_may_say_no(mia: Member, log_in: LogIn, settings: Any) -> None:
    given = {"ADAPTER": "tests.host.adapters.Quiet"}
    settings.SESSIONS_API = settings.SESSIONS_API | given
    quiet = Member.objects.create_user("quiet@example.com", PASSWORD)
    for member in (mia, quiet):
        log_in(member)
        log_in(member, client=ELSEWHERE)
        member.set_password(NEW)
        member.save()
    assert [(one.user, one.kind) for one in Notice.objects.all()] == [(mia, "new_password")]
    assert not KnownOrigin.objects.exists()


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


@pytest.mark.parametrize("path", ["", "/all?include-self=true"])
def test_without_the_plug_in_or_without_kinds_nothing_costs_more(
    without_plug_in: None, mia: Member, log_in: LogIn, settings: Any, path: str
) -> None:
    def login_and_end() -> None:
        client = log_in(mia, client=ELSEWHERE)
        sid = client.user_session.sid
        client.delete(f"/auth/users/me/sessions{path}", {"ids": [sid]})

    login_and_end()
    absent = queries(login_and_end)
    notices.register(_installed())
    settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": ()}
    assert queries(login_and_end) == absent
    settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": ("new_login",)}
    login_and_end()
    assert queries(login_and_end) > absent


def _installed() -> Notices:
    from sessions_api.notices.provider import MailedNotices

    return MailedNotices()
