"""Finding sessions in the list, and following links to their users and back."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from sessions_api.admin.sessions.admin import UserSessionAdmin
from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.admin_paths import SESSIONS
from tests.api import CHROME, HOME, Login
from tests.browser import expire
from tests.chromium.hands import Hands
from tests.chromium.lists import filter_by, row, rows
from tests.sessions_api.services.bulk_sign_outs import make_sessions
from tests.small_lists import pages_of

OpenDesk = Callable[..., Page]
LogIn = Callable[..., Login]


def test_filters(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, log_in: LogIn, bob: Any
) -> None:
    log_in(bob, name="Uploads", permission_flags=int(Scope.UPLOAD_FILE))
    expire(log_in(bob, name="Old uploads", permission_flags=int(Scope.UPLOAD_FILE)))
    page = open_desk(staff, "view_usersession")
    page.goto(SESSIONS)
    expect(rows(page)).to_have_count(2)
    filter_by(page, hands, "state", "All of these")
    expect(rows(page)).to_have_count(3)
    filter_by(page, hands, "kind", "Scoped")
    expect(rows(page)).to_have_count(2)
    expect(row(page, "Old uploads")).to_contain_text("UPLOAD_FILE")
    filter_by(page, hands, "state", "Active")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Uploads")
    hands.press(page.get_by_role("link", name="Clear all filters"))
    expect(rows(page)).to_have_count(2)


def test_search(open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, log_in: LogIn) -> None:
    for number in range(3):
        elsewhere = Client(address=f"192.0.2.{number}", user_agent=CHROME)
        log_in(staff, name=f"Desk {number}", client=elsewhere)
    # Different from the address of every other session.
    UserSession.objects.filter(pk=me.session.pk).update(sid=1_234_567_890)
    page = open_desk(staff, "view_usersession")
    page.goto(SESSIONS)
    network = HOME.rpartition(".")[0] + ".0/24"
    for term in ("ANN", "ann@example.com", str(me.user.pk), "1234567890", HOME, network):
        box = page.locator("#searchbar")
        box.clear()
        hands.write(box, term)
        hands.press(page.get_by_role("button", name="Search"))
        expect(rows(page)).to_have_count(1)
        expect(page.locator("#searchbar")).to_have_value(term)
        expect(rows(page)).to_contain_text("ann")


@pages_of(4, UserSessionAdmin)
def test_pages(open_desk: OpenDesk, staff: Any, hands: Hands, ann: Any) -> None:
    sessions = make_sessions(ann, 10)
    newest_first = [str(session.pk) for session in reversed(sessions)]
    page = open_desk(staff, "view_usersession")
    page.goto(SESSIONS)

    def expect_rows(first: int, last: int) -> None:
        shown = rows(page).get_by_role("rowheader").get_by_role("link")
        expect(shown).to_have_count(last - first)
        links = shown.evaluate_all("links => links.map(link => link.pathname)")
        assert [link.split("/")[-3] for link in links] == newest_first[first:last]

    pages = page.get_by_role("navigation", name="Pages")
    expect_rows(0, 4)
    for link, first, last in (
        ("Older", 4, 8),
        ("Older", 8, 10),
        ("Newer", 4, 8),
        ("Newest", 0, 4),
    ):
        hands.press(pages.get_by_role("link", name=link, exact=True))
        expect(page.locator(f'#result_list a[href*="/{newest_first[first]}/"]')).to_be_visible()
        expect_rows(first, last)
    expect(pages.get_by_role("link", name="Newer")).to_have_count(0)


def test_to_the_user_and_back(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, other: Login, bobs: Login
) -> None:
    page = open_desk(staff, "view_usersession", "view_user")
    page.goto(SESSIONS)
    hands.press(page.get_by_role("link", name="Other"))
    hands.press(page.locator(".field-owner").get_by_role("link", name="ann"))
    expect(page.get_by_role("heading", name="ann", exact=True)).to_be_visible()
    hands.press(page.get_by_role("link", name="All sessions of this user"))
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#changelist-filter").get_by_text("ann", exact=True)).to_be_visible()
    hands.press(page.get_by_role("link", name="Other"))
    hands.press(page.get_by_role("link", name="See all sessions"))
    expect(rows(page)).to_have_count(2)
