"""The overview on the admin's index page: permissions, numbers and caching."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.services import set_switch
from sessions_api import statistics
from sessions_api.admin.overview import numbers as overview_numbers
from sessions_api.admin.overview.numbers import PREFIX, read_numbers
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services import session_counts
from sessions_api.testing import frozen_clock
from tests.admin_paths import EVENTS, SESSIONS
from tests.api import Login
from tests.browser import browser_of, expire
from tests.caches import DOWN

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
Kind = AuditEvent.Kind

FRONT = "/admin/"
BOTH = ("view_usersession", "view_auditevent")


@pytest.fixture
def now() -> Iterator[Any]:
    """Freeze the clock at half past two on a Wednesday.

    ``move`` advances it, and expires the cached numbers.
    """
    with frozen_clock(datetime(2026, 11, 18, 14, 30, tzinfo=UTC)) as clock:

        class Now:
            def move(self, **by: int) -> None:
                clock.advance(timedelta(**by))
                forget_the_minute()

            def ago(self, **by: int) -> datetime:
                return clock.now - timedelta(**by)

        yield Now()


def forget_the_minute() -> None:
    """Expire numbers that are cached for a minute. Counts of past hours stay cached."""
    cache.delete_many([PREFIX + name for name in overview_numbers.NUMBERS])


def happened(kind: Kind, at: datetime, count: int = 1, **fields: Any) -> None:
    AuditEvent.objects.bulk_create(AuditEvent(kind=kind, at=at, **fields) for _ in range(count))


def text_of(page: str) -> str:
    """Return the visible text, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def front(browser: Browser) -> str:
    response = browser.get(FRONT)
    assert response.status_code == 200
    page = response.content.decode()
    # Only the overview.
    return page.partition('<section class="sessions-overview"')[2].partition(
        '<div id="content-main">'
    )[0]


class TestPermissions:
    def test_nobody_sees_numbers_without_permission(self, staff: Any) -> None:
        browser = browser_of(staff, "view_user", "delete_usersession")
        with CaptureQueriesContext(connection) as captured:
            assert front(browser) == ""
        assert not any("usersession" in query["sql"] for query in captured)

    def test_permission_for_sessions_shows_no_events(self, staff: Any, me: Login) -> None:
        page = front(browser_of(staff, "view_usersession"))
        assert "active session" in page
        assert "Browsers" in page
        assert "429" in page
        assert "Logins" not in page
        assert "from new locations" not in page
        assert EVENTS not in page

    def test_permission_for_events_shows_no_sessions(self, staff: Any, me: Login) -> None:
        page = front(browser_of(staff, "view_auditevent"))
        assert "Logins" in page
        assert "from new locations" in page
        assert "429" in page
        assert "active session" not in page
        assert "Browsers" not in page
        assert SESSIONS not in page

    def test_kill_switches_are_linked_for_those_who_may_view_them(self, staff: Any) -> None:
        switches = "/admin/killswitches/killswitch/"
        assert switches not in front(browser_of(staff, *BOTH))
        assert switches in front(browser_of(staff, *BOTH, "view_killswitch"))

    def test_others_see_the_login(self, ann: Any) -> None:
        assert Browser().get(FRONT).status_code == 302
        assert browser_of(ann, *BOTH).get(FRONT).status_code == 302


class TestNumbers:
    def test_an_empty_database_shows_no_bars(self, staff: Any) -> None:
        page = front(browser_of(staff, *BOTH))
        assert "0 active sessions" in text_of(page)
        assert "None yet" in page
        assert "None. Locations are known" in page
        assert "<rect" not in page

    def test_active_sessions_are_counted_and_linked(
        self, staff: Any, ann: Any, log_in: LogIn
    ) -> None:
        browser = browser_of(staff, *BOTH)
        log_in(ann)
        expire(log_in(ann))
        page = front(browser)
        assert "1 active session " in text_of(page)
        assert f'href="{SESSIONS}?state=active"' in page

    def test_the_number_of_counted_sessions_is_limited(
        self, staff: Any, ann: Any, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(session_counts, "MOST_COUNTED", 2)
        browser = browser_of(staff, *BOTH)
        log_in(ann), log_in(ann)
        assert re.search(r"(?<!than) 2 active sessions", text_of(front(browser)))
        log_in(ann)
        forget_the_minute()
        word = "about" if connection.vendor == "postgresql" else "more than 2"
        assert word in text_of(front(browser))

    def test_events_are_counted_by_hour_and_day(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, now.ago(minutes=10), 3)
        happened(Kind.LOGIN, now.ago(hours=2), 2)
        happened(Kind.LOGIN, now.ago(hours=23), 1)
        happened(Kind.LOGIN, now.ago(hours=24), 10)
        happened(Kind.LOGIN, now.ago(days=13), 20)
        happened(Kind.LOGIN, now.ago(days=14), 40)
        happened(Kind.LOGIN_FAILED, now.ago(minutes=5), 7)
        happened(Kind.BANNED, now.ago(minutes=5), 9)

        page = front(browser_of(staff, "view_auditevent"))

        logins = text_of(card(page, "login"))
        assert "Last 24 hours: 6" in logins
        assert "Last 14 days: 36" in logins
        assert "2026-11-18 14:00:00 UTC 3" in logins
        assert "2026-11-18 12:00:00 UTC 2" in logins
        assert "2026-11-17 15:00:00 UTC 1" in logins
        assert "2026-11-18 5" in logins
        assert "2026-11-17 11" in logins
        assert "2026-11-05 20" in logins
        failures = text_of(card(page, "login_failed"))
        assert "Last 24 hours: 7" in failures
        assert f'href="{EVENTS}?kind__exact=login_failed"' in card(page, "login_failed")

    def test_sessions_that_ended_are_counted_and_not_events(self, staff: Any, now: Any) -> None:
        ended = {"detail": {"sessions": [1, 2, 3]}}
        happened(Kind.SESSIONS_ENDED, now.ago(minutes=5), 2, **ended)
        happened(Kind.SESSIONS_ENDED, now.ago(minutes=5), detail={"sessions": []})
        happened(Kind.SESSIONS_ENDED, now.ago(minutes=5), detail={})
        page = front(browser_of(staff, "view_auditevent"))
        assert "Last 24 hours: 7" in text_of(card(page, "sessions_ended"))

    @override_settings(TIME_ZONE="Asia/Tokyo")
    def test_days_are_those_of_the_time_zone(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, datetime(2026, 11, 17, 16, 0, tzinfo=UTC))
        happened(Kind.LOGIN, datetime(2026, 11, 17, 14, 0, tzinfo=UTC), 2)
        logins = text_of(card(front(browser_of(staff, "view_auditevent")), "login"))
        assert "2026-11-18 01:00:00 JST 1" in logins
        assert "2026-11-18 1 " in logins
        assert "2026-11-17 2 " in logins

    def test_refusals_are_counted_by_status(
        self, staff: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for status in (429, 429, 503, 200):
            statistics.record("endpoint", status, user=1)
        page = front(browser_of(staff, "view_usersession"))
        assert "Last 24 hours: 2" in text_of(card(page, "429"))
        assert "Last 24 hours: 1" in text_of(card(page, "503"))

    def test_devices_are_ranked_by_their_sessions(
        self, staff: Any, ann: Any, log_in: LogIn
    ) -> None:
        for browser, count in {"Chrome": 3, "Firefox": 2, "": 1}.items():
            for _ in range(count):
                session = log_in(ann).session
                UserSession.objects.filter(pk=session.pk).update(browser=browser, os="A & B")
        desk = browser_of(staff, "view_usersession")
        page = front(desk)
        text = text_of(page)
        assert "Of the newest 6 sessions" in text
        assert "Chrome 3 50&nbsp;% " in text
        assert text.index("Chrome 3") < text.index("Firefox 2") < text.index("Unknown 1")
        for link in ("browser=Chrome", "browser=", "os=A+%26+B"):
            assert f'href="{SESSIONS}?{link}"' in page
            response = desk.get(f"{SESSIONS}?{link}")
            assert response.status_code == 200

    def test_only_the_newest_sessions_are_sampled(
        self, staff: Any, ann: Any, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(overview_numbers, "SAMPLE", 2)
        UserSession.objects.filter(pk=log_in(ann).session.pk).update(browser="Ancient")
        log_in(ann), log_in(ann)
        page = front(browser_of(staff, "view_usersession"))
        assert "Of the newest 2 sessions" in text_of(page)
        assert "Ancient" not in page

    def test_new_locations_are_listed(self, staff: Any, ann: Any, now: Any) -> None:
        for day in range(12):
            happened(
                Kind.NEW_LOCATION,
                now.ago(days=day),
                subject=ann,
                subject_name="ann",
                address="192.0.2.1",
                detail={"location": f"Place {day:02}"},
            )
        page = front(browser_of(staff, "view_auditevent"))
        places = re.findall(r"Place \d\d", page)
        assert places == [f"Place {day:02}" for day in range(10)]
        assert f'href="{EVENTS}?kind__exact=new_location"' in page
        newest = AuditEvent.objects.latest("at")
        assert f'href="{EVENTS}{newest.pk}/change/"' in page
        assert "192.0.2.1" in page

    def test_every_link_leads_to_the_counted_rows(self, staff: Any, me: Login, now: Any) -> None:
        UserSession.objects.update(browser="A & B", os="")
        happened(Kind.NEW_LOCATION, now.ago(hours=1), detail={"location": "Paris"})
        browser = browser_of(staff, *BOTH, "view_killswitch")
        links = set(re.findall(r'<a (?:class="[^"]*" )?href="([^"]*)"', front(browser)))
        for link in links:
            assert browser.get(unescape(link)).status_code == 200, link
        found = {
            f"{SESSIONS}?state=active": 1,
            f"{SESSIONS}?browser=A+%26+B": 1,
            f"{SESSIONS}?os=": 1,
            f"{EVENTS}?kind__exact=login": 1,
            f"{EVENTS}?kind__exact=login_failed": 0,
            f"{EVENTS}?kind__exact=new_location": 1,
        }
        assert found.keys() <= set(map(unescape, links))
        for link, number in found.items():
            assert len(browser.get(link).context["cl"].result_list) == number, link


class TestHostileTexts:
    TEXTS = (
        "<script>alert(1)</script>",
        '"><svg onload=alert(1)>',
        "\u202eevil\u202c",
        "\N{PILE OF POO}" * 60,
        "W" * 128,
        "{{ 7 }}{% now 'Y' %}",
    )

    @pytest.mark.parametrize("hostile", TEXTS)
    def test_are_escaped(self, staff: Any, ann: Any, log_in: LogIn, hostile: str, now: Any) -> None:
        log_in(ann)
        UserSession.objects.update(browser=hostile[:128], os=hostile[:128])
        happened(
            Kind.NEW_LOCATION, now.ago(hours=1), subject_name=hostile, detail={"location": hostile}
        )
        page = front(browser_of(staff, *BOTH))
        assert "<script" not in page
        assert "<svg onload" not in page
        assert "{{ 7 }}" in page or "{{" not in hostile


class TestCaching:
    def test_queries(self, staff: Any, me: Login) -> None:
        browser = browser_of(staff, *BOTH)
        front(browser)
        cache.clear()
        # Active sessions, newest sessions, logins and failures, ended sessions, and new locations.
        assert queries_of(browser) == 5
        assert queries_of(browser) == 0

    def test_more_rows_take_no_more_queries(self, staff: Any, ann: Any, log_in: LogIn) -> None:
        for number in range(30):
            log_in(ann)
            happened(Kind.NEW_LOCATION, timezone.now(), detail={"location": f"Place {number}"})
        assert queries_of(browser_of(staff, *BOTH)) == 5

    def test_past_hours_are_counted_once(self, staff: Any, now: Any) -> None:
        browser = browser_of(staff, "view_auditevent")
        happened(Kind.LOGIN, now.ago(hours=2), 5)
        happened(Kind.LOGIN, now.ago(minutes=10), 1)
        assert "Last 24 hours: 6" in text_of(card(front(browser), "login"))

        happened(Kind.LOGIN, now.ago(hours=2), 100)
        happened(Kind.LOGIN, now.ago(minutes=10), 1)
        assert "Last 24 hours: 6" in text_of(card(front(browser), "login"))
        now.move(minutes=1)
        assert "Last 24 hours: 7" in text_of(card(front(browser), "login"))
        now.move(hours=2)
        happened(Kind.LOGIN, now.ago(hours=1), 1)
        assert "Last 24 hours: 8" in text_of(card(front(browser), "login"))
        cache.clear()
        assert "Last 24 hours: 108" in text_of(card(front(browser), "login"))

    def test_an_hour_is_final_after_time_for_late_commits(self, staff: Any, now: Any) -> None:
        browser = browser_of(staff, "view_auditevent")
        now.move(minutes=35)
        assert now.ago().minute == 5
        front(browser)
        happened(Kind.LOGIN, now.ago(minutes=6), 1)
        now.move(minutes=1)
        assert "Last 24 hours: 1" in text_of(card(front(browser), "login"))
        now.move(minutes=10)
        front(browser)
        happened(Kind.LOGIN, now.ago(minutes=20), 1)
        now.move(minutes=1)
        assert "Last 24 hours: 1" in text_of(card(front(browser), "login"))

    def test_everything_is_counted_after_a_long_time(self, now: Any) -> None:
        happened(Kind.LOGIN, now.ago(hours=1), 2)
        read_numbers(["events"])
        now.move(days=30)
        happened(Kind.LOGIN, now.ago(days=3), 3)
        hours = read_numbers(["events"])["events"]["login"]
        assert sum(hours.values()) == 3

    def test_cached_values_have_plain_types(self, me: Login) -> None:
        """Other versions of the code must be able to unpickle it."""

        def is_plain(value: Any) -> bool:
            if isinstance(value, dict):
                return all(map(is_plain, [*value, *value.values()]))
            if isinstance(value, list | tuple):
                return all(map(is_plain, value))
            return type(value) in {str, int, datetime, type(None)}

        happened(Kind.NEW_LOCATION, timezone.now(), detail={"location": "Paris"})
        read_numbers(overview_numbers.NUMBERS)
        names = [PREFIX + name for name in (*overview_numbers.NUMBERS, "hours")]
        kept = cache.get_many(names)
        assert kept.keys() == set(names)
        assert is_plain(list(kept.values()))


class TestWithoutCache:
    def test_the_page_still_works(self, staff: Any, me: Login) -> None:
        browser = browser_of(staff, *BOTH)
        with override_settings(CACHES={"default": DOWN}):
            page = front(browser)
        assert "1 active session " in text_of(page)
        assert "Last 24 hours: 1" in text_of(card(page, "login"))
        assert "the cache that counts them does not answer" in page
        assert "429:" not in page

    def test_the_cache_is_tried_once(self, staff: Any) -> None:
        failing = mock.Mock(**{"get_many.side_effect": ConnectionError})
        with mock.patch.object(overview_numbers, "cache", failing):
            read_numbers(["active", "events"])
        assert [call[0] for call in failing.method_calls] == ["get_many"]


class TestMarkup:
    def test_charts_have_text_alternatives(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, now.ago(minutes=10), 3)
        page = front(browser_of(staff, *BOTH))
        described = r'<svg [^>]*aria-labelledby="(\S+)" aria-describedby="(\S+)"'
        pictures = re.findall(described, page)
        assert len(pictures) == 10
        for title, description in pictures:
            assert page.count(f'<title id="{title}">') == 1
            assert page.count(f'<desc id="{description}">') == 1
        assert "Logins by hour" in page
        assert "The most: 3, from 2026-11-18 14:00:00 UTC" in page
        ids = re.findall(r'\bid="([^"]*)"', page)
        assert len(ids) == len(set(ids))

    def test_every_chart_has_a_table(self, staff: Any) -> None:
        page = front(browser_of(staff, *BOTH))
        for slug in ("login", "login_failed", "sessions_ended", "429", "503"):
            table = card(page, slug).partition("<details>")[2]
            assert table.count('<th scope="row">') == 24 + 14
        assert page.count("<th>") == 0

    @override_settings(USE_THOUSAND_SEPARATOR=True, LANGUAGE_CODE="de", TRANSLATED_PATHS="")
    def test_coordinates_are_not_localized(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, now.ago(minutes=10), 1200)
        drawn = card(front(browser_of(staff, *BOTH)), "login")
        assert "1.200" in drawn
        values = re.findall(r'\b(?:x|y|width|height|viewBox)="([^"]*)"', drawn)
        assert values
        for value in values:
            assert re.fullmatch(r"\d+(\.\d\d)?%?", value), value

    def test_only_charts_with_bars_are_lists(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, now.ago(minutes=10))
        page = front(browser_of(staff, *BOTH))
        assert card(page, "login").count('role="list"') == 2
        assert card(page, "login").count('role="listitem"') == 2
        assert card(page, "login_failed").count('role="list"') == 0
        assert card(page, "login_failed").count('role="img"') == 2


class TestBars:
    def test_each_leads_to_the_events_of_its_hour_or_day(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, datetime(2026, 11, 18, 14, 0, tzinfo=UTC), 2)
        happened(Kind.LOGIN, datetime(2026, 11, 18, 13, 59, 59, tzinfo=UTC), 3)
        happened(Kind.LOGIN, datetime(2026, 11, 17, 23, 59, 59, tzinfo=UTC), 4)
        happened(Kind.LOGIN_FAILED, now.ago(minutes=5), 5)
        reader = browser_of(staff, "view_auditevent")
        page = card(front(reader), "login")
        values = ["23:00:00 UTC: 4", "13:00:00 UTC: 3", "14:00:00 UTC: 2", "17: 4", "18: 5"]
        assert [value[-len(end) :] for value, end in zip(bars(page), values, strict=True)] == values
        for value, link in bars(page).items():
            found = reader.get(link).context["cl"].result_list
            assert len(found) == int(value.rpartition(": ")[2]), value

    def test_the_table_leads_there_too(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, now.ago(minutes=10), 2)
        page = card(front(browser_of(staff, "view_auditevent")), "login")
        table = page.partition("<details>")[2]
        assert re.findall(r'<a href="([^"]*)">2</a>', table) == [
            link.replace("&", "&amp;") for link in bars(page).values()
        ]

    @override_settings(TIME_ZONE="Asia/Kolkata")
    def test_hours_and_days_are_named_in_the_time_zone_of_the_server(
        self, staff: Any, now: Any
    ) -> None:
        happened(Kind.LOGIN, datetime(2026, 11, 17, 18, 29, 59, tzinfo=UTC), 1)
        happened(Kind.LOGIN, datetime(2026, 11, 17, 19, 30, tzinfo=UTC), 2)
        reader = browser_of(staff, "view_auditevent")
        page = card(front(reader), "login")
        text = text_of(page)
        assert "Logins per hour, time zone: IST" in text
        assert "Logins per day, time zone: IST" in text
        assert 'datetime="2026-11-18T00:30:00+05:30"' in page
        assert 'data-time="2026-11-18T00:30:00+05:30"' in page
        assert "2026-11-18 00:30:00 IST: 2" in bars(page)
        assert "2026-11-18: 2" in bars(page)
        of_day = reader.get(bars(page)["2026-11-18: 2"])
        assert len(of_day.context["cl"].result_list) == 2

    def test_those_without_a_list_have_only_a_value(self, staff: Any) -> None:
        statistics.record("endpoint", 429, user=1)
        statistics.record("endpoint", 503, user=1)
        page = front(browser_of(staff, "view_usersession"))
        for status in ("429", "503"):
            refused = card(page, status)
            assert "<a " not in refused
            assert refused.count('<g tabindex="0" role="img" aria-label="') == 2
            assert "Single responses are only in the access log.</p>" in refused

    def test_refusals_lead_to_what_may_have_caused_them(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN_FAILED, now.ago(minutes=10), 2)
        happened(Kind.LOGIN_FAILED, now.ago(minutes=70))
        with frozen_clock(now.ago(hours=3)):
            set_switch(ACCOUNT_LOGIN, True, reason="guessing")
            set_switch(GLOBAL, True, reason="fire")
        with frozen_clock(now.ago(hours=2)):
            set_switch(GLOBAL, False, reason="out")
        for status in (429, 503):
            statistics.record("endpoint", status, user=1)
        reader = browser_of(staff, "view_auditevent", "view_switchflip")
        page = front(reader)

        def found(status: str) -> list[Any]:
            assert "Bars lead to " in card(page, status)
            hour, day = bars(card(page, status)).values()
            assert len(reader.get(day).context["cl"].result_list) >= 2
            return list(reader.get(hour).context["cl"].result_list)

        assert [event.kind for event in found("429")] == [Kind.LOGIN_FAILED] * 2
        assert [flip.reason for flip in found("503")] == ["guessing"]

    def test_what_is_compared_has_the_same_scale(self, staff: Any, now: Any) -> None:
        happened(Kind.LOGIN, now.ago(minutes=10), 1)
        happened(Kind.LOGIN_FAILED, now.ago(minutes=10), 100)
        happened(Kind.SESSIONS_ENDED, now.ago(minutes=10), 1)
        page = front(browser_of(staff, *BOTH))
        scale = "<span>100</span><span>50</span><span>0</span>"
        assert card(page, "login").count(scale) == 2
        assert card(page, "login_failed").count(scale) == 2
        assert card(page, "sessions_ended").count("<span>1</span><span>0</span>") == 2
        assert "Same scale as Failed logins" in card(page, "login")
        assert "Same scale as Logins" in card(page, "login_failed")
        assert "Same scale" not in card(page, "sessions_ended")

    def test_the_axis_of_time_is_marked(self, staff: Any, now: Any) -> None:
        page = card(front(browser_of(staff, *BOTH)), "login")
        marks = re.findall(r"<span(?: data-hour[^>]*)?>(\d\d[:-]\d\d)</span>", page)
        assert marks == ["15:00", "21:00", "03:00", "09:00", "11-05", "11-12"]


def bars(page: str) -> dict[str, str]:
    """Return the link of each bar by its value, as both are written."""
    links = re.findall(r'<g role="listitem"><a href="([^"]*)">(.*?)</a>', page, re.DOTALL)
    return {text_of(bar).strip().replace(" :", ":"): unescape(link) for link, bar in links}


def card(page: str, slug: str) -> str:
    """Return the HTML of a card."""
    found = page.partition(f'aria-labelledby="overview-{slug}"')[2].partition("</section>")[0]
    assert found
    return found


def queries_of(browser: Browser) -> int:
    """Return the number of queries of the overview, without those of Django's page."""
    with CaptureQueriesContext(connection) as captured:
        front(browser)
    own = ('FROM "sessions_api_usersession"', 'FROM "sessions_api_auditevent"')
    return sum(any(table in query["sql"] for table in own) for query in captured)
