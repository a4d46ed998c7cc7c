"""The filters of the audit log, with valid and invalid values."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from sessions_api.admin.audit.admin import AuditEventAdmin
from sessions_api.models import AuditEvent
from sessions_api.testing import frozen_clock
from tests.admin_paths import EVENTS
from tests.small_lists import pages_of, windows_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
Kind = AuditEvent.Kind


@pytest.fixture
def now() -> Iterator[None]:
    """Freeze the clock at :data:`NOW`."""
    with frozen_clock(NOW):
        yield


def make(name: str, *, ago: timedelta = timedelta(0), **fields: Any) -> AuditEvent:
    """Create an event whose user agent is its name."""
    fields = {"kind": Kind.LOGIN, "at": NOW - ago} | fields
    return AuditEvent.objects.create(user_agent=name, **fields)


def shown(auditor: Browser, **query: Any) -> list[str]:
    """Return the names of the events on a page."""
    response = auditor.get(EVENTS, query)
    assert response.status_code == 200
    return [event.user_agent for event in response.context["cl"].result_list]


class TestRequests:
    def test_a_request(self, auditor: Browser) -> None:
        make("of it", request_id="abc-1")
        make("of it too", request_id="abc-1", kind=Kind.BANNED, ago=timedelta(1))
        make("of another", request_id="abc-12")
        make("of none")
        assert shown(auditor, request_id="abc-1") == ["of it", "of it too"]
        assert shown(auditor, request_id=" abc-1 ", kind__exact="banned") == ["of it too"]
        assert shown(auditor, request_id="abc") == []


class TestSessions:
    def test_events_that_name_a_session(self, auditor: Browser, ann: Any) -> None:
        make("its login", detail={"session": 1_700_000_001}, subject_id=ann.pk)
        make("its end", detail={"sessions": [5, 1_700_000_001]}, ago=timedelta(1))
        make("longer", detail={"session": 11_700_000_001})
        make("shorter", detail={"sessions": [1_700_000]})
        assert shown(auditor, session="1700000001") == ["its login", "its end"]
        assert shown(auditor, session="1700000001", subject=str(ann.pk)) == ["its login"]

    @pytest.mark.parametrize("session", ["x", "1_0", "-1", "٣", "1.5", "[0-9]+"])
    def test_no_id(self, auditor: Browser, session: str) -> None:
        make("its login", detail={"session": 1})
        response = auditor.get(EVENTS, {"session": session})
        assert "Enter the number of a session." in response.content.decode()
        assert not response.context["cl"].result_list


class TestAccounts:
    @pytest.fixture(autouse=True)
    def _events(self, ann: Any, bob: Any) -> None:
        make("by ann", actor_id=ann.pk, actor_name="ann")
        make("to ann", actor_id=bob.pk, actor_name="bob", subject_id=ann.pk, subject_name="ann")
        make("of neither", actor_name="command line", subject_name="mallory")

    @pytest.mark.parametrize("column", ["username", "email", "pk"])
    def test_actor_and_user(self, auditor: Browser, ann: Any, column: str) -> None:
        text = getattr(ann, column)
        assert shown(auditor, actor=text) == ["by ann"]
        assert shown(auditor, subject=text) == ["to ann"]
        assert shown(auditor, q=text) == ["to ann", "by ann"]
        assert shown(auditor, subject=text, actor="bob") == ["to ann"]
        assert shown(auditor, subject=text, actor=text) == []

    def test_case_and_surrounding_spaces_are_ignored(self, auditor: Browser) -> None:
        assert shown(auditor, actor=" Ann ") == shown(auditor, q=" ANN")[1:] == ["by ann"]

    def test_a_deleted_account_by_its_id(self, auditor: Browser, ann: Any) -> None:
        key = ann.pk
        ann.delete()
        assert shown(auditor, actor=key) == ["by ann"]
        assert shown(auditor, subject=key) == ["to ann"]
        assert shown(auditor, q=key) == ["to ann", "by ann"]

    def test_a_deleted_account_by_its_name(self, auditor: Browser, ann: Any) -> None:
        ann.delete()
        assert shown(auditor, actor="ann") == ["by ann"]
        assert shown(auditor, subject="ann") == ["to ann"]
        assert shown(auditor, q="ann") == ["to ann", "by ann"]
        assert shown(auditor, actor="command line") == shown(auditor, q="mallory") == ["of neither"]

    def test_a_name_that_is_another_users_id(
        self, auditor: Browser, ann: Any, make_user: Callable[..., Any]
    ) -> None:
        impostor = make_user(str(ann.pk))
        make("by the impostor", actor_id=impostor.pk, actor_name=impostor.username)
        assert shown(auditor, actor=ann.pk) == ["by the impostor", "by ann"]
        assert shown(auditor, q=ann.pk) == ["by the impostor", "to ann", "by ann"]

    def test_the_form_names_the_account(self, auditor: Browser, ann: Any) -> None:
        def helps(text: Any) -> str:
            [fields, *_] = auditor.get(EVENTS, {"actor": text}).context["cl"].filter_specs
            return str(fields.form["actor"].help_text)

        assert helps(ann.pk) == helps("ann@example.com") == "ann"
        assert helps("ann") == ""
        assert "No such user" in helps("mallory")


class TestAddresses:
    @pytest.fixture(autouse=True)
    def _events(self) -> None:
        make("near", address="10.1.2.3")
        make("far", address="10.2.0.1")
        make("six", address="2001:db8::7")
        make("none")

    @pytest.mark.parametrize("parameter", ["address", "q"])
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("10.1.2.3", ["near"]),
            ("10.1.0.0/16", ["near"]),
            ("10.0.0.0/8", ["far", "near"]),
            ("::ffff:10.1.2.3", ["near"]),
            ("2001:DB8::/32", ["six"]),
            ("2001:db8:0::7", ["six"]),
            ("10.3.0.0/16", []),
        ],
    )
    def test_addresses_and_networks(
        self, auditor: Browser, parameter: str, text: str, names: list[str]
    ) -> None:
        assert shown(auditor, **{parameter: text}) == names

    def test_addresses_read_from_left_to_right_on_arabic_pages(self, auditor: Browser) -> None:
        page = auditor.get(EVENTS, {"address": "2001:db8::/32"}, headers={"Accept-Language": "ar"})
        for name in ("address", "request_id"):
            [typed] = re.findall(rf'<input type="text" name="{name}"[^>]*>', page.content.decode())
            assert 'dir="auto"' in typed

    @pytest.mark.parametrize("text", ["10.1.0.0/99", "nowhere", "10.1", "/"])
    def test_an_invalid_address(self, auditor: Browser, text: str) -> None:
        response = auditor.get(EVENTS, {"address": text})
        assert response.context["cl"].result_list == []
        assert "Enter an IP address, or a network" in response.content.decode()


class TestTimes:
    @pytest.mark.parametrize(
        ("when", "names"),
        [
            ("hour", ["hour"]),
            ("today", ["midnight", "hour"]),
            ("day", ["day", "midnight", "hour"]),
            ("week", ["week", "day", "midnight", "hour"]),
            ("month", ["month", "week", "day", "midnight", "hour"]),
        ],
    )
    def test_recent_periods(self, auditor: Browser, now: None, when: str, names: list[str]) -> None:
        ago = {
            "hour": timedelta(hours=1),
            "midnight": timedelta(hours=16, minutes=30),
            "day": timedelta(days=1),
            "week": timedelta(days=7),
            "month": timedelta(days=30),
        }
        for name, age in ago.items():
            make(name, ago=age)
            make(f"before {name}", ago=age + timedelta(microseconds=1))
        found = [name for name in shown(auditor, when=when) if not name.startswith("before")]
        assert found == names[::-1]
        assert f"before {when if when != 'today' else 'midnight'}" not in shown(auditor, when=when)

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"since": "2026-11-20"}, ["today", "end", "beginning"]),
            ({"until": "2026-11-20"}, ["end", "beginning", "before"]),
            ({"since": "2026-11-20", "until": "2026-11-20"}, ["end", "beginning"]),
            ({"since": "2026-11-21", "when": "month"}, ["today"]),
            ({"since": "", "until": ""}, ["today", "end", "beginning", "before"]),
        ],
    )
    def test_whole_days(
        self, auditor: Browser, now: None, query: dict[str, str], names: list[str]
    ) -> None:
        midnight = datetime(2026, 11, 20, tzinfo=UTC)
        make("today")
        make("beginning", at=midnight)
        make("before", at=midnight - timedelta(microseconds=1))
        make("end", at=midnight + timedelta(days=1, microseconds=-1))
        assert shown(auditor, **query) == names

    def test_days_are_those_of_the_time_zone(self, auditor: Browser, settings: Any) -> None:
        settings.TIME_ZONE = "Asia/Tokyo"
        make("there", at=datetime(2026, 11, 19, 15, tzinfo=UTC))
        make("not yet", at=datetime(2026, 11, 19, 14, 59, tzinfo=UTC))
        assert shown(auditor, since="2026-11-20") == ["there"]

    @pytest.mark.parametrize(
        ("query", "error"),
        [
            ({"since": "yesterday"}, "valid date"),
            ({"until": "2026-13-40"}, "valid date"),
            ({"until": "9999-12-31"}, "less than or equal"),
            ({"since": "0001-01-01"}, "greater than or equal"),
            ({"since": "2026-11-21", "until": "2026-11-20"}, "before the first"),
        ],
    )
    def test_an_invalid_day(self, auditor: Browser, query: dict[str, str], error: str) -> None:
        make("there")
        response = auditor.get(EVENTS, query)
        assert response.context["cl"].result_list == []
        assert error in response.content.decode()


def test_kinds(auditor: Browser) -> None:
    make("login")
    make("ban", kind=Kind.BANNED)
    assert shown(auditor, kind__exact="banned") == ["ban"]
    assert shown(auditor) == ["ban", "login"]


@pytest.mark.parametrize(
    "query",
    [
        {"kind__exact": "rubbish"},
        {"kind__exact": ""},
        {"when": "rubbish"},
        {"actor": "rubbish"},
        {"subject": "9" * 40},
        {"actor": "x" * 10_000},
        {"q": "x" * 10_000},
        {"q": "%"},
        {"q": "_"},
        {"address": "x" * 10_000},
    ],
)
def test_invalid_values_match_nothing(auditor: Browser, ann: Any, query: dict[str, str]) -> None:
    make("there", actor_id=ann.pk, actor_name="ann")
    assert shown(auditor, **query) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "a\x00b") for name in ("q", "actor", "address", "since", "when", "kind__exact")),
        ("before", "rubbish"),
        ("after", f"2026-11-21 00:00:00+00:00_{10**30}"),
        ("detail", "x"),
    ],
)
def test_values_that_databases_refuse(auditor: Browser, name: str, value: str) -> None:
    assert auditor.get(EVENTS, {name: value}).status_code == 400


def test_filters_keep_the_values_of_others(auditor: Browser, ann: Any) -> None:
    account = {"subject_id": ann.pk, "subject_name": "ann"}
    make("this", kind=Kind.BANNED, address="10.1.2.3", **account)
    make("another's", kind=Kind.BANNED, address="10.1.2.3")
    make("from elsewhere", kind=Kind.BANNED, address="10.2.2.3", **account)
    make("earlier", kind=Kind.BANNED, address="10.1.2.3", ago=timedelta(days=2), **account)
    make("a login", address="10.1.2.3", **account)
    query = {"subject": "ann", "kind__exact": "banned", "since": f"{NOW:%Y-%m-%d}"}
    assert shown(auditor, **query, address="10.1.0.0/16") == ["this"]
    assert shown(auditor, **query, q="10.1.0.0/16") == ["this"]

    response = auditor.get(EVENTS, query | {"q": "10.1.0.0/16"})
    [fields] = [spec for spec in response.context["cl"].filter_specs if hasattr(spec, "form")]
    hidden = {(pair["name"], pair["value"]) for pair in fields.choices(response.context["cl"])}
    assert hidden == {("kind__exact", "banned"), ("q", "10.1.0.0/16")}


@pytest.mark.parametrize(
    "query",
    [
        {"actor": "mallory"},
        {"q": "mallory"},
        {"kind__exact": "login", "subject": "ann"},
        {"subject": "ann", "since": "2026-11-21"},
        {"address": "10.0.0.0/8"},
        {"q": "ann"},
    ],
)
@windows_of(7)
@pages_of(2, AuditEventAdmin)
def test_no_event_is_lost_between_windows(
    auditor: Browser, ann: Any, query: dict[str, str]
) -> None:
    """Windows and pages are so small that the list needs several of each."""
    wanted = {
        "actor_name": "mallory",
        "subject_id": ann.pk,
        "subject_name": "ann",
        "address": "10.1.2.3",
    }
    others = [{}, {"kind": Kind.BANNED, "subject_id": ann.pk}, {"address": "192.0.2.1"}, {}]
    for number in range(12):
        make(f"wanted {number}", ago=timedelta(minutes=number), **wanted)
        for fields in others:
            make("other", ago=timedelta(minutes=number), **fields)

    found: list[str] = []
    link = "?" + "&".join(f"{name}={value}" for name, value in query.items())
    while link:
        changelist = auditor.get(EVENTS + link).context["cl"]
        assert len(changelist.result_list) <= 2
        found += [event.user_agent for event in changelist.result_list]
        link = changelist.older_link
    names = [name for name in found if name != "other"]
    assert names == [f"wanted {number}" for number in range(12)]
