"""Creating a scoped session while all sessions are ended, or the account is deleted."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.session_creation import create_scoped_session
from tests.api import CHROME, HOME, OWN_SESSIONS, Login
from tests.browser import browser_of, select
from tests.cast import PASSWORD
from tests.held_up import Action, held_up
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def by_oneself(me: Login, root: Any, log_in: Any) -> Action:
    return lambda: me.api("DELETE", "/users/me/sessions/all?include-self=1")


def by_staff(me: Login, root: Any, log_in: Any) -> Action:
    api = log_in(root).api
    return lambda: api("DELETE", f"/users/{me.user.pk}/sessions/all")


def in_the_admin(me: Login, root: Any, log_in: Any) -> Action:
    browser = browser_of(root)
    page = browser.get(f"/admin/sessions_api/usersession/of/{me.user.pk}/end/")
    form = page.context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    confirmed = "/admin/sessions_api/usersession/end/confirmed/"
    return lambda: browser.post(confirmed, hidden | {"reason": "a drill"})


def with_the_account(me: Login, root: Any, log_in: Any) -> Action:
    path = f"/admin/cumulonimbus/user/{me.user.pk}/delete/"
    return lambda: browser_of(root).post(path, {"post": "yes"})


def with_selected_accounts(me: Login, root: Any, log_in: Any) -> Action:
    posted = select("delete_selected", me.user, post="yes")
    return lambda: browser_of(root).post("/admin/cumulonimbus/user/", posted)


@pytest.mark.parametrize(
    "ending", [by_oneself, by_staff, in_the_admin, with_the_account, with_selected_accounts]
)
def test_the_new_session_ends_too(me: Login, root: Any, log_in: Any, ending: Any) -> None:
    """The ending has begun, and waits for the creation."""

    def mint(ann: Any) -> None:
        create_scoped_session(
            ann,
            client=Client(address=HOME, user_agent=CHROME),
            lifetime=timedelta(hours=1),
            dialect="v5",
            name="A script",
            permission_flags=Scope.SESSION_READ,
            parent=me.session,
        )

    answer = held_up(ending(me, root, log_in), mint, me.user)
    assert answer.status_code in (200, 302)
    assert not UserSession.objects.owned_by(me.user).exists()


def test_a_parent_that_expires_in_the_meantime_creates_none(me: Login) -> None:
    """The request has begun, and waits for the account until the parent expires."""
    body = {"name": "A script", "permissionFlags": 32, "password": PASSWORD}

    def expire(ann: Any) -> None:
        over = timezone.now()
        UserSession.objects.filter(pk=me.session.pk).update(expires_at=over)

    refused = held_up(lambda: me.api("POST", OWN_SESSIONS, body), expire, me.user)
    assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_SESSION_ERROR")
    assert list(UserSession.objects.owned_by(me.user)) == [me.session]


@pytest.mark.parametrize("trial", range(4))
@pytest.mark.parametrize("bans", [True, False], ids=["with a ban", "without"])
def test_no_session_remains_after_ending_all(
    me: Login, root: Any, log_in: Any, bans: bool, trial: int
) -> None:
    """Eight concurrent calls, and possibly a ban."""
    body = {"name": "A script", "permissionFlags": 32, "password": PASSWORD}
    boss = log_in(root)

    def mint() -> int:
        return int(me.api("POST", OWN_SESSIONS, body).status_code)

    def end_all() -> int:
        return int(boss.api("DELETE", f"/users/{me.user.pk}/sessions/all").status_code)

    def ban() -> int:
        return 200 if set_banned(me.user, True, actor=Actor(user=root)) else 404

    last = ban if bans else end_all
    *minted, ended, ended_again, done = together(*[mint] * 5, end_all, end_all, last)
    assert set(minted) <= {201, 401, 403}
    assert (ended, ended_again, done) == (200, 200, 200)
    assert not UserSession.objects.owned_by(me.user).exists()
