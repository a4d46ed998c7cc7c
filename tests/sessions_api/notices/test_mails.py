"""What mails say to whom: hostile names, languages, and headers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from sessions_api.callers.clients import Client
from sessions_api.notices.services.texts import SHOWN, unlinked
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from sessions_api.services.session_creation import create_scoped_session
from tests.api import Login
from tests.sessions_api.notices.letters import html_of, parsed

pytestmark = pytest.mark.django_db

Sent = Callable[[], list[Any]]
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=https://evil.example/x>",
    "won: https://evil.example/prize",
    "mail evil@evil.example",
    "{{ not_me_link }}{% debug %}",
    "%(site)s %s %n",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil",
    "x" * 128,
]


@pytest.fixture
def name_session(me: Login) -> Callable[[str], None]:
    """A function that creates a scoped session of a name."""

    def create(name: str) -> None:
        create_scoped_session(
            me.user,
            client=Client(address=None, user_agent=name),
            lifetime=me.session.expires_at - me.session.created_at,
            dialect="v5",
            name=name,
            permission_flags=Scope.FILE_READ,
            parent=me.session,
        )

    return create


class TestNames:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_of_sessions_and_devices(
        self, name: str, name_session: Callable[[str], None], sent: Sent
    ) -> None:
        name_session(name)
        [letter] = sent()
        html = html_of(letter)
        for text in (letter.body, html):
            assert "evil.example" not in text
            assert "evil@evil" not in text
            assert "https://evil" not in text
            assert "x" * (SHOWN + 1) not in text
            assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
        for tag in ("<script", "<img"):
            assert tag not in html
        assert "evil" not in letter.subject
        assert unlinked(name) in letter.body

    @pytest.mark.parametrize("name", ["see.evil.example", "ann@evil.example"])
    def test_of_users(self, make_user: Callable[..., Any], name: str, sent: Sent) -> None:
        """Somebody else may have registered the address of a victim."""
        user = make_user(name, email="victim@example.com")
        tell(NoticeKind.BANNED, user, actor=Actor(name="the test"))
        [letter] = sent()
        assert "evil.example" not in f"{letter.subject}{letter.body}{html_of(letter)}"

    def test_are_still_read_as_they_are(self) -> None:
        shown = unlinked("deploy.sh at v1/2")
        assert shown.replace("\N{ZERO WIDTH SPACE}", "") == "deploy.sh at v1/2"
        assert unlinked("a\nb\x00c\u2028d") == "abcd"

    @pytest.mark.parametrize("dot", [".", "\u3002", "\uff0e", "\uff61"])
    def test_what_browsers_take_for_a_dot_is_none(self, dot: str) -> None:
        assert unlinked(f"evil{dot}example") == f"evil{dot}\N{ZERO WIDTH SPACE}example"


class TestHeaders:
    @pytest.mark.parametrize(
        "address",
        ["a@b.example, c@d.example", "<a@b.example>, c@d.example", "a b", "@", "x" * 250],
    )
    def test_an_address_that_is_none_goes_to_nobody_else(
        self, ann: Any, address: str, sent: Sent, settings: Any
    ) -> None:
        type(ann).objects.filter(pk=ann.pk).update(email=address)
        ann.refresh_from_db()
        tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))
        for letter in sent():
            assert letter.recipients() == [address]

    def test_the_sender_is_the_sites(self, ann: Any, sent: Sent) -> None:
        tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))
        with override_settings(DEFAULT_FROM_EMAIL="The club <club@club.example>"):
            [letter] = sent()
        assert parsed(letter)["From"] == "The club <club@club.example>"


@pytest.mark.usefixtures("city_database")
def test_the_location_of_an_address(ann: Any, sent: Sent) -> None:
    client = Client(address="2.125.160.217", user_agent="")
    tell(NoticeKind.NEW_PASSWORD, ann, actor=Actor(user=ann, client=client))
    [letter] = sent()
    assert "Location: Boxford, England United Kingdom\nIP address: 2.125.160.217" in letter.body
    assert "Device:" not in letter.body


def test_from_right_to_left(ann: Any, sent: Sent, settings: Any) -> None:
    settings.LANGUAGE_CODE = "ar"
    settings.LANGUAGES = [("ar", "Arabic")]
    tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))
    [letter] = sent()
    assert '<html lang="ar" dir="rtl">' in html_of(letter)


def test_an_account_can_be_told_whose_client_is_not_known(ann: Any, sent: Sent) -> None:
    tell(NoticeKind.NEW_PASSWORD, ann, actor=Actor(user=ann))
    [letter] = sent()
    assert "IP address" not in letter.body
