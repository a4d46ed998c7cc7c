"""The security history on pages, and its download."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, PastSession, UserSession
from sessions_api.services.audit import Actor, record
from sessions_api.services.past_sessions import remove_lapsed_sessions
from sessions_api.services.security_history import sessions_ended_by
from sessions_api.services.sessions import end_sessions
from tests.api import CHROME
from tests.sessions_api.account.visitor import Visitor

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind
HISTORY = "/account/history/"
AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
FORMULA = "=cmd|' /C calc'!A0"


def make(user: Any, count: int, **fields: Any) -> None:
    """Create events, the newest first, one a minute."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            **{"kind": Kind.LOGIN, "at": AT - timedelta(minutes=number), "subject_id": user.pk}
            | fields
        )
        for number in range(count)
    )


def download(visitor: Visitor, extension: str) -> str:
    page = visitor.open(f"{HISTORY}download.{extension}")
    assert page.status_code == 200
    return b"".join(page.streaming_content).decode()


def test_it_tells_what_has_happened(anns: Visitor, ann: Any, staff: Any) -> None:
    client = Client(address="203.0.113.9", user_agent="Staff's browser")
    record(Kind.BANNED, Actor(user=staff, client=client), subject=ann, reason="A secret")
    record(Kind.SESSIONS_ENDED, Actor(user=ann), subject=ann, sessions=[1, 2])
    anns.open(HISTORY)
    assert "Logged in" in anns.text
    assert "2 logins were ended" in anns.text
    assert "The account was banned by the staff of this site" in anns.text
    for hidden in ("203.0.113.9", "A secret", "sam", "Staff"):
        assert hidden not in anns.page.content.decode()


def test_it_shows_which_logins_were_ended(
    anns: Visitor, ann: Any, bob: Any, staff: Any, log_in: Any
) -> None:
    client = Client(address="192.0.2.77", user_agent=CHROME)
    laptop = log_in(ann, client=client, name="<b>Laptop</b>").session
    own = [laptop, *(log_in(ann, client=client).session for _ in range(6))]
    bobs = log_in(bob, name="Bob's").session
    UserSession.objects.filter(pk=bobs.pk).update(sid=laptop.sid)
    by = Actor(user=staff, client=Client(address="203.0.113.9", user_agent=""))
    end_sessions(
        UserSession.objects.filter(pk__in=[one.pk for one in own]), actor=by, reason="A secret"
    )
    end_sessions(UserSession.objects.filter(pk=bobs.pk), actor=by)
    with CaptureQueriesContext(connection) as captured:
        html = anns.open(HISTORY).content.decode()
    assert "7 logins were ended" in html
    assert html.count('<bdi class="address">192.0.2.77</bdi>\n') >= 5
    assert html.count("Chrome 87 on Linux") == 5
    assert "2 more logins" in html
    for hidden in ("<b>Laptop", "Bob&#x27;s", "203.0.113.9", "A secret", "sam"):
        assert hidden not in html
    # One for the events of the page, and one for those that expired.
    assert sum('FROM "sessions_api_pastsession"' in query["sql"] for query in captured) == 2


def test_each_end_shows_the_login_that_it_ended_although_an_id_was_used_again(
    ann: Any, log_in: Any
) -> None:
    first, second = log_in(ann, name="First").session, log_in(ann, name="Second").session
    for session in (first, second):
        end_sessions(UserSession.objects.filter(pk=session.pk), actor=Actor(user=ann))
    events = list(AuditEvent.objects.filter(kind=Kind.SESSIONS_ENDED).order_by("pk"))
    PastSession.objects.update(sid=first.sid)
    for number, event in enumerate(events):
        event.detail["sessions"] = [first.sid]
        past = PastSession.objects.filter(session_pk=(first, second)[number].pk)
        event.at += timedelta(seconds=number)
        past.update(ended_at=event.at)
    named = sessions_ended_by(events, ann, 5)
    assert [named[event.pk][first.sid].name for event in events] == ["First", "Second"]


def test_the_latest_logins_that_expired_are_listed(
    anns: Visitor, ann: Any, bob: Any, log_in: Any
) -> None:
    assert "Logins that expired" not in anns.open(HISTORY).content.decode()
    expired = [log_in(ann, name=f"<i>No. {number}").session for number in range(12)]
    expired.append(log_in(bob, name="Bob's").session)
    rows = UserSession.objects.filter(pk__in=[one.pk for one in expired])
    rows.update(expires_at=AT)
    remove_lapsed_sessions(rows)
    make(ann, 30)
    html = anns.open(HISTORY).content.decode()
    assert "Logins that expired" in html
    assert html.count("&lt;i&gt;No. ") == 10
    assert "Bob&#x27;s" not in html
    assert "&lt;i&gt;No. " not in anns.open(HISTORY + link_of(html, "before")).content.decode()


def test_logins_that_are_no_longer_kept_are_only_counted(
    anns: Visitor, ann: Any, log_in: Any
) -> None:
    sessions = [log_in(ann).session for _ in range(2)]
    end_sessions(
        UserSession.objects.filter(pk__in=[one.pk for one in sessions]), actor=Actor(user=ann)
    )
    PastSession.objects.filter(session_pk=sessions[0].pk).delete()
    html = anns.open(HISTORY).content.decode()
    assert html.count('<ul class="ended">') == 1
    assert "1 more login" in html
    PastSession.objects.all().delete()
    html = anns.open(HISTORY).content.decode()
    assert "2 logins were ended" in html
    assert '<ul class="ended">' not in html


@pytest.mark.parametrize("kind", [*Kind, "rubbish"])
def test_every_kind_has_words(anns: Visitor, ann: Any, kind: str) -> None:
    make(ann, 1, kind=kind, detail={"type": ["x"], "sessions": {}, "factors": None, "location": 1})
    assert anns.open(HISTORY).status_code == 200
    assert download(anns, "json")


def link_of(html: str, name: str) -> str:
    """Return where a page's link to the events before or after it leads to; "" without one."""
    found = re.search(rf'href="(\?{name}=[^"]*)"', html)
    return found[1] if found else ""


def test_pages(anns: Visitor, ann: Any, bob: Any) -> None:
    make(ann, 60)
    make(bob, 5, kind=Kind.BANNED)
    seen = 0
    path = HISTORY
    for _ in range(3):
        html = anns.open(path).content.decode()
        seen += html.count('<p class="what">')
        path = HISTORY + link_of(html, "before")
    assert path == HISTORY
    assert seen == 61
    assert "banned" not in anns.text
    newer = anns.open(HISTORY + link_of(html, "after")).content.decode()
    assert newer.count('<p class="what">') == 25


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "_",
        "2026-01-01_1",
        "2026-01-01 00:00:00+00:00_" + "9" * 30,
        "0001-01-01 00:00:00+14:00_1",
        "9999-12-31 23:59:59-14:00_1",
        "2026-01-01 00:00:00+00:00_1_2",
    ],
)
@pytest.mark.parametrize("name", ["before", "after"])
def test_hostile_cursors(anns: Visitor, name: str, cursor: str) -> None:
    assert anns.open(f"{HISTORY}?{name}={quote(cursor)}").status_code == 200


def test_the_page_takes_three_queries(anns: Visitor, ann: Any) -> None:
    make(ann, 60)
    with CaptureQueriesContext(connection) as captured:
        anns.open(HISTORY)
    assert len(captured) == 3  # the session, the events, and those that expired


def test_the_download_as_json(anns: Visitor, ann: Any, bob: Any) -> None:
    make(ann, 3, user_agent=FORMULA, detail={"purpose": "a.b", "session": 7})
    make(bob, 2)
    rows = json.loads(download(anns, "json"))
    assert [row["kind"] for row in rows] == ["login"] * 4 + ["end_of_export"]
    assert rows[-1]["detail"] == {"events": 4}
    assert rows[1]["user_agent"] == FORMULA
    assert rows[1]["detail"] == {"session": 7}
    assert rows[1]["event"] == "Logged in"
    event = AuditEvent.objects.get(kind=Kind.AUDIT_EXPORTED)
    assert (event.actor, event.subject, event.detail) == (ann, ann, {"format": "json"})


def test_the_download_as_csv_has_no_formulas(anns: Visitor, ann: Any) -> None:
    make(ann, 1, user_agent=FORMULA)
    rows = list(csv.DictReader(io.StringIO(download(anns, "csv"), newline="")))
    assert [row["by"] for row in rows] == ["owner", "unknown", ""]
    assert rows[1]["user_agent"] == f"'{FORMULA}"


@pytest.mark.parametrize("extension", ["jsonl", "xlsx", "", "csv%00"])
def test_no_other_format(anns: Visitor, extension: str) -> None:
    assert anns.open(f"{HISTORY}download.{extension}").status_code == 404


def test_the_headers_of_a_download(anns: Visitor) -> None:
    page = anns.open(f"{HISTORY}download.csv")
    assert page["Cache-Control"] == "no-store"
    assert page["Content-Disposition"].startswith('attachment; filename="security-history-')


@pytest.mark.ratelimited
def test_downloads_are_limited_whatever_their_format(anns: Visitor, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"RATES": {"HISTORY_DOWNLOAD": (2, 300)}}
    for extension in ("csv", "json"):
        download(anns, extension)
    assert anns.open(f"{HISTORY}download.csv").status_code == 429
    assert 0 < int(anns.page["Retry-After"]) <= 300
    assert anns.open(HISTORY).status_code == 200
    assert AuditEvent.objects.filter(kind=Kind.AUDIT_EXPORTED).count() == 2


def test_asking_for_the_headers_alone_is_no_download(anns: Visitor) -> None:
    assert anns.browser.head(f"{HISTORY}download.csv", secure=True).status_code == 405
    assert not AuditEvent.objects.filter(kind=Kind.AUDIT_EXPORTED).exists()


def test_strangers_get_nothing(db: None) -> None:
    for path in (HISTORY, f"{HISTORY}download.csv"):
        assert Visitor().open(path)["Location"].startswith("/account/login/")
