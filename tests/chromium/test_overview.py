"""The overview on the admin's index page: numbers, charts, and links to the lists behind them."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from sessions_api.models import AuditEvent, UserSession
from tests.chromium.hands import Hands
from tests.chromium.lists import rows
from tests.chromium.scenery import Scene

OpenDesk = Callable[..., Page]
Kind = AuditEvent.Kind


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def test_numbers_and_charts(open_desk: OpenDesk, scene: Scene, hands: Hands) -> None:
    page = open_desk(scene.root)
    page.goto("/admin/")
    live = page.get_by_role("region", name="Overview", exact=True).get_by_role("link").first
    expect(live).to_have_text(str(UserSession.objects.active().count()))
    for title, kind in (("Logins", Kind.LOGIN), ("Failed logins", Kind.LOGIN_FAILED)):
        table = card(page, title).get_by_role("table", name=f"{title} by day")
        expect(table).to_be_hidden()
        hands.press(card(page, title).get_by_text("In numbers"))
        expect(table).to_be_visible()
        since = table.get_by_role("rowheader").first.text_content()
        number = AuditEvent.objects.filter(kind=kind, at__date__gte=since).count()
        assert sum(map(int, table.get_by_role("cell").all_text_contents())) == number
        days = card(page, title).get_by_role("figure").nth(1)
        expect(days).to_contain_text(f"Last 14 days: {number:,}")
        expect(days.get_by_role("img", name=f"{title} by day")).to_be_visible()


def test_links_lead_to_the_filtered_lists(open_desk: OpenDesk, scene: Scene, hands: Hands) -> None:
    page = open_desk(scene.root)

    def expect_list(query: str) -> None:
        expect(page).to_have_url(re.compile(re.escape(query)))
        expect(rows(page).first).to_be_visible()

    page.goto("/admin/")
    hands.press(page.get_by_role("region", name="Overview", exact=True).get_by_role("link").first)
    expect_list("/usersession/?state=active")
    page.goto("/admin/")
    hands.press(card(page, "Failed logins").get_by_role("link").first)
    expect_list("/auditevent/?kind__exact=login_failed")
    page.goto("/admin/")
    hands.press(card(page, "Browsers").get_by_role("link", name="Firefox"))
    expect_list("/usersession/?browser=Firefox")
    page.goto("/admin/")
    hands.press(page.get_by_role("link", name="Recent logins from new locations"))
    expect_list("/auditevent/?kind__exact=new_location")
