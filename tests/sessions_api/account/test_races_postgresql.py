"""Forms of the account pages that are sent at the same moment, on PostgreSQL."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from tests.cast import PASSWORD
from tests.sessions_api.account.visitor import LOGIN, LOGOUT, SESSIONS, Visitor
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

END_ALL = f"{SESSIONS}sessions/end-all/"
NEW_PASSWORD = f"{SESSIONS}password/"
NEW_TOKEN = f"{SESSIONS}tokens/new/"
NEW = "a completely new secret"
GOOD = {"password": PASSWORD, "new_password1": NEW, "new_password2": NEW}


def statuses(*visitors: Visitor) -> list[int]:
    return sorted(visitor.page.status_code for visitor in visitors)


def send_twice(visitor: Visitor, path: str, **fields: Any) -> tuple[Visitor, Visitor]:
    """Send a form in two tabs of a browser, and return both."""
    twin = Visitor()
    twin.browser.cookies, twin.page = visitor.browser.cookies.copy(), visitor.page
    together(*[lambda tab=tab: tab.send(path, **fields) for tab in (visitor, twin)])
    return visitor, twin


@pytest.mark.parametrize("trial", range(3))
def test_logins_while_everything_ends(anns: Visitor, trial: int) -> None:
    """Each login either came before and has ended, or came after; no page says anything else."""
    newcomers = [Visitor() for _ in range(4)]
    for newcomer in newcomers:
        newcomer.open(LOGIN)
    anns.open(END_ALL)
    together(
        lambda: anns.send(END_ALL, **{"include-self": "on"}),
        *[
            lambda newcomer=newcomer: newcomer.send(LOGIN, username="ann", password=PASSWORD)
            for newcomer in newcomers
        ],
    )
    assert statuses(anns, *newcomers) == [302] * 5
    assert not anns.is_logged_in
    alive = sum(newcomer.is_logged_in for newcomer in newcomers)
    assert alive == UserSession.objects.active().count()
    ended = AuditEvent.objects.get(kind="sessions_ended").detail["sessions"]
    assert len(ended) == 5 - alive


@pytest.mark.parametrize("trial", range(3))
def test_two_new_passwords(anns: Visitor, trial: int) -> None:
    """One of them is set, and its browser alone stays logged in."""
    rival = Visitor().log_in()
    for visitor in (anns, rival):
        visitor.open(NEW_PASSWORD)
    ours, theirs = GOOD, GOOD | {"new_password1": f"{NEW}!", "new_password2": f"{NEW}!"}
    together(
        lambda: anns.send(NEW_PASSWORD, **ours),
        lambda: rival.send(NEW_PASSWORD, **theirs),
    )
    account = get_user_model().objects.get(username="ann")
    winner, loser = (anns, rival) if account.check_password(NEW) else (rival, anns)
    assert winner.is_logged_in
    assert not loser.is_logged_in
    assert not account.check_password(PASSWORD)
    assert AuditEvent.objects.filter(kind="password_changed").count() == 1


@pytest.mark.parametrize("trial", range(3))
def test_it_was_not_me_while_the_other_session_ends_everything(
    anns: Visitor, other: Any, trial: int
) -> None:
    """Whoever stole a session cannot keep its owner from securing the account."""
    thief = Visitor().log_in()
    not_me = f"{SESSIONS}sessions/{other.session.sid}/not-me/"
    anns.open(not_me)
    thief.open(END_ALL)
    together(lambda: anns.send(not_me, **GOOD), lambda: thief.send(END_ALL))
    if not AuditEvent.objects.filter(kind="account_secured").exists():
        # The thief was first: the owner logs in again, and secures the account then.
        assert anns.page["Location"].startswith(LOGIN)
        anns.log_in().open(not_me)
        assert anns.send(not_me, **GOOD).status_code == 302
    assert not thief.is_logged_in
    assert Visitor().log_in(password=NEW).is_logged_in


class TestTheSameFormTwice:
    """Neither tab gets an error, and what has ended is recorded once."""

    @pytest.mark.parametrize("trial", range(3))
    def test_logging_in(self, visitor: Visitor, trial: int) -> None:
        """A browser reads one of the answers, so one session remains."""
        visitor.open(LOGIN)
        tabs = send_twice(visitor, LOGIN, username="ann", password=PASSWORD)
        assert statuses(*tabs) == [302, 302]
        assert AuditEvent.objects.filter(kind="login").count() == 2
        assert [tab.is_logged_in for tab in tabs].count(True) == 1
        assert UserSession.objects.count() == 1

    def test_logging_out(self, anns: Visitor) -> None:
        assert statuses(*send_twice(anns, LOGOUT)) == [302, 302]
        assert AuditEvent.objects.filter(kind="sessions_ended").count() == 1
        assert not UserSession.objects.exists()

    @pytest.mark.parametrize("trial", range(3))
    def test_ending_a_session(self, anns: Visitor, other: Any, trial: int) -> None:
        anns.open()
        tabs = send_twice(anns, f"{SESSIONS}sessions/{other.session.sid}/end/")
        assert statuses(*tabs) == [302, 302]
        assert AuditEvent.objects.filter(kind="sessions_ended").count() == 1
        assert all(tab.is_logged_in for tab in tabs)

    @pytest.mark.parametrize("trial", range(3))
    def test_ending_everything(self, anns: Visitor, other: Any, trial: int) -> None:
        anns.open(END_ALL)
        tabs = send_twice(anns, END_ALL, **{"include-self": "on"})
        assert statuses(*tabs) == [302, 302]
        (ended,) = AuditEvent.objects.filter(kind="sessions_ended")
        assert len(ended.detail["sessions"]) == 2
        assert not any(tab.is_logged_in for tab in tabs)

    @pytest.mark.parametrize("trial", range(3))
    def test_making_a_token(self, anns: Visitor, trial: int) -> None:
        """The form takes effect once, and the other tab is told."""
        anns.open(NEW_TOKEN)
        scopes = [str(Scope.SESSION_READ.value)]
        fields = {"name": "A script", "lifetime": "scoped", "password": PASSWORD}
        tabs = send_twice(anns, NEW_TOKEN, scopes=scopes, **fields)
        assert statuses(*tabs) == [200, 409]
        assert UserSession.objects.filter(permission_flags__isnull=False).count() == 1
