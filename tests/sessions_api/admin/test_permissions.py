"""Each permission opens its own pages and actions in the admin, and no others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import GLOBAL
from killswitches.services import set_switch
from sessions_api.models import AuditEvent, BulkSignOut
from sessions_api.services.securing import password_mark
from tests.admin_paths import (
    BULK_SIGN_OUTS,
    EVENTS,
    FLIPS,
    SEARCH,
    SECOND_FACTORS,
    SESSIONS,
    SWITCHES,
    USERS,
)
from tests.api import Login
from tests.browser import browser_of, page_of, select

pytestmark = pytest.mark.django_db


Visit = Callable[[Browser, "Stage"], Any]


class Stage:
    """A row of each model, and the URLs of their pages."""

    def __init__(self, login: Login, factor: Any, ending: BulkSignOut) -> None:
        self.ann, self.session, self.factor, self.ending = (
            login.user,
            login.session,
            factor,
            ending,
        )
        self.event, self.flip = AuditEvent.objects.first(), SwitchFlip.objects.first()
        self.switch = KillSwitch.objects.get(number=GLOBAL.number)

    def url(self, name: str, page: str = "change") -> str:
        return page_of(getattr(self, name), page)


def get(address: str) -> Visit:
    return lambda browser, stage: browser.get(address)


def look(name: str, page: str = "change") -> Visit:
    return lambda browser, stage: browser.get(stage.url(name, page))


def post(name: str, page: str = "change", **data: Any) -> Visit:
    return lambda browser, stage: browser.post(stage.url(name, page), data)


def act(listing: str, action: str, name: str) -> Visit:
    return lambda browser, stage: browser.post(listing, select(action, getattr(stage, name)))


def secure(browser: Browser, stage: Stage) -> Any:
    data = {"reason": "x", "password": "unusable", "mark": password_mark(stage.ann)}
    return browser.post(stage.url("ann", "secure"), data)


SEE_SESSIONS, END_SESSIONS = "view_usersession", "delete_usersession"
SEE_SWITCHES, FLIP = "view_killswitch", "change_killswitch"
SEE_EVENTS, SEE_USERS, CHANGE_USERS = "view_auditevent", "view_user", "change_user"
SEE_FLIPS, VIEW_BULK_SIGN_OUTS = "view_switchflip", "view_bulksignout"
SEE_FACTORS, REMOVE_FACTORS = "view_secondfactor", "delete_secondfactor"
DELETE_USERS = "delete_user"

#: The permissions to test. Some have little effect without another.
PERMISSIONS = (
    SEE_SESSIONS,
    END_SESSIONS,
    SEE_SWITCHES,
    FLIP,
    SEE_FLIPS,
    SEE_EVENTS,
    VIEW_BULK_SIGN_OUTS,
    SEE_USERS,
    CHANGE_USERS,
    DELETE_USERS,
    SEE_FACTORS,
    REMOVE_FACTORS,
)

#: Each page or action: how to open it, and the sets of permissions that do.
OPENED_BY: dict[str, tuple[Visit, list[set[str]]]] = {
    "the sessions": (get(SESSIONS), [{SEE_SESSIONS}]),
    "a session": (look("session"), [{SEE_SESSIONS}]),
    "asking to end a session": (look("session", "delete"), [{END_SESSIONS}]),
    "asking to end those found": (get(f"{SESSIONS}end/?user=x"), [{END_SESSIONS}]),
    "asking to end all of a user": (
        lambda browser, stage: browser.get(f"{SESSIONS}of/{stage.ann.pk}/end/"),
        [{END_SESSIONS}],
    ),
    "asking to end all others": (look("session", "end_others"), [{END_SESSIONS}]),
    "ending": (lambda browser, stage: browser.post(f"{SESSIONS}end/confirmed/"), [{END_SESSIONS}]),
    "ending the selected": (
        act(SESSIONS, "delete_selected", "session"),
        [{SEE_SESSIONS, END_SESSIONS}],
    ),
    "the bulk sign-outs": (get(BULK_SIGN_OUTS), [{VIEW_BULK_SIGN_OUTS}, {END_SESSIONS}]),
    "a bulk sign-out": (look("ending"), [{VIEW_BULK_SIGN_OUTS}, {END_SESSIONS}]),
    "resuming a bulk sign-out": (post("ending", "next_batch"), [{END_SESSIONS}]),
    "stopping a bulk sign-out": (post("ending", "cancel"), [{END_SESSIONS}]),
    "the switches": (get(SWITCHES), [{SEE_SWITCHES}]),
    "a switch": (look("switch"), [{SEE_SWITCHES}]),
    "flipping": (lambda browser, stage: browser.post(f"{SWITCHES}turn-off/"), [{FLIP}]),
    "the flips": (get(FLIPS), [{SEE_FLIPS}]),
    "a flip": (look("flip"), [{SEE_FLIPS}]),
    "the audit log": (get(EVENTS), [{SEE_EVENTS}]),
    "its export": (get(f"{EVENTS}export.csv"), [{SEE_EVENTS}]),
    "an event": (look("event"), [{SEE_EVENTS}]),
    "the users": (get(USERS), [{SEE_USERS}, {CHANGE_USERS}]),
    "a user": (look("ann"), [{SEE_USERS}, {CHANGE_USERS}]),
    "changing a user": (post("ann", username="ann", is_active="on"), [{CHANGE_USERS}]),
    "asking to delete a user": (look("ann", "delete"), [{DELETE_USERS}]),
    "banning": (act(USERS, "ban", "ann"), [{CHANGE_USERS}]),
    "ending those of users": (
        act(USERS, "end_sessions", "ann"),
        [{SEE_USERS, END_SESSIONS}, {CHANGE_USERS, END_SESSIONS}],
    ),
    "asking to secure an account": (look("ann", "secure"), [{CHANGE_USERS, END_SESSIONS}]),
    "securing an account": (secure, [{CHANGE_USERS, END_SESSIONS}]),
    "asking to ban a user": (look("ann", "ban"), [{CHANGE_USERS}]),
    "banning a user": (post("ann", "ban", reason="x"), [{CHANGE_USERS}]),
    "unbanning a user": (post("ann", "unban", reason="x"), [{CHANGE_USERS}]),
    "asking to reset login limits": (look("ann", "reset_login_limits"), [{CHANGE_USERS}]),
    "resetting login limits": (post("ann", "reset_login_limits", reason="x"), [{CHANGE_USERS}]),
    "the second factors": (get(SECOND_FACTORS), [{SEE_FACTORS}]),
    "a second factor": (look("factor"), [{SEE_FACTORS}]),
    "asking to remove one": (look("factor", "delete"), [{REMOVE_FACTORS}]),
    "removing one": (post("factor", "delete", confirmed="yes"), [{REMOVE_FACTORS}]),
    "the overview": (get("/admin/"), [set()]),
    "the search": (
        get(f"{SEARCH}?q=Ann"),
        [{SEE_SESSIONS}, {SEE_EVENTS}, {SEE_USERS}, {CHANGE_USERS}],
    ),
}

#: Each permission alone, combinations that have an effect together, none, and all.
HELD = [
    set(),
    *({one} for one in PERMISSIONS),
    {SEE_SESSIONS, END_SESSIONS},
    {SEE_USERS, END_SESSIONS},
    {CHANGE_USERS, END_SESSIONS},
    set(PERMISSIONS),
]


@pytest.fixture
def stage(ann: Any, staff: Any, log_in: Any, enrol_app: Any) -> Stage:
    login = log_in(ann, name="Ann's phone")
    set_switch(GLOBAL, True, actor=staff, reason="a drill")
    ending = BulkSignOut.objects.create(
        actor_name="sam", reason="x", what="All", newest_pk=1, next_pk=1, expected=1
    )
    return Stage(login, enrol_app(ann).factor, ending)


@pytest.mark.parametrize("held", HELD, ids=lambda held: "+".join(sorted(held)) or "none")
def test_exactly_the_permitted_pages_open(staff: Any, stage: Stage, held: set[str]) -> None:
    browser = browser_of(staff, *held)
    opened = set()
    for what, (visit, _) in OPENED_BY.items():
        with transaction.atomic():
            status = visit(browser, stage).status_code
            transaction.set_rollback(True)
        assert status < 500, what
        if status != 403:
            opened.add(what)
    allowed = {
        what
        for what, (_, opened_by) in OPENED_BY.items()
        if any(needed <= held for needed in opened_by)
    }
    assert opened == allowed


@pytest.mark.parametrize("held", HELD, ids=lambda held: "+".join(sorted(held)) or "none")
def test_a_users_page_requires_the_same_permissions(
    staff: Any, stage: Stage, held: set[str]
) -> None:
    page = browser_of(staff, SEE_USERS, *held).get(stage.url("ann")).content.decode()
    held = held | {SEE_USERS}
    assert ("Ann&#x27;s phone" in page) is (SEE_SESSIONS in held)
    assert ("Security history" in page) is (SEE_EVENTS in held)
    assert (f"of/{stage.ann.pk}/end/" in page) is (END_SESSIONS in held)
    assert (stage.url("ann", "secure") in page) is ({CHANGE_USERS, END_SESSIONS} <= held)
    for deed in ("ban", "reset_login_limits"):
        assert (stage.url("ann", deed) in page) is (CHANGE_USERS in held)
    assert (f"{SECOND_FACTORS}?user=" in page) is (SEE_FACTORS in held)
    assert (f"{SECOND_FACTORS}of/{stage.ann.pk}/remove/" in page) is (REMOVE_FACTORS in held)
