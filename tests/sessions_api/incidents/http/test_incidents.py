"""Incidents over REST: opened, listed, changed, closed, with their timeline and preview."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.http.shapes import timestamp
from sessions_api.incidents.models import Incident
from sessions_api.incidents.models.incidents import NAME_LENGTH, NOTE_LENGTH
from sessions_api.incidents.services import incidents
from sessions_api.incidents.services.newest import SHOWN
from sessions_api.models import AuditEvent
from sessions_api.services.session_search import CLOCK_SKEW
from tests.api import HOME, Login
from tests.sessions_api.incidents.http.requests import STOLEN, UNKNOWN, answer, conflict
from tests.sessions_api.incidents.services import by, open_one, steal

pytestmark = pytest.mark.django_db


class TestOpening:
    def test_it_is_shown_as_it_is_stored(self, boss: Login) -> None:
        began = timezone.now() - timedelta(hours=2)
        response = boss.api("POST", "/incidents", STOLEN | {"beganAt": began.isoformat()})
        found = Incident.objects.get()
        assert answer(response) == (
            201,
            {
                "id": found.pk,
                "name": "Stolen tokens",
                "closedAt": None,
                "closedBy": None,
                "beganAt": timestamp(began),
                "openedAt": timestamp(found.opened_at),
                "openedBy": "sam",
                "filter": {"network": "203.0.113.0/24"},
                "participants": [{"name": "sam", "since": timestamp(began)}],
                "moreParticipants": 0,
                "signOuts": [],
                "moreSignOuts": 0,
                "mails": [],
                "moreMails": 0,
            },
        )
        assert response["Location"] == f"/api/v5/incidents/{found.pk}"
        path = response["Location"].removeprefix("/api/v5")
        assert answer(boss.api("GET", path)) == (200, response.json())
        event = AuditEvent.objects.get(kind="incident_opened")
        assert (event.actor, event.address) == (boss.user, HOME)

    def test_it_begins_now_at_the_latest(self, boss: Login) -> None:
        """A clock that is ahead by less than a minute does not count as the future."""
        ahead = {"beganAt": (timezone.now() + CLOCK_SKEW / 2).isoformat()}
        shown = boss.api("POST", "/incidents/", STOLEN | ahead).json()
        assert shown["beganAt"] == shown["openedAt"]
        path = f"/incidents/{shown['id']}"
        future = {"beganAt": (timezone.now() + 2 * CLOCK_SKEW).isoformat()}
        for refused in (
            boss.api("POST", "/incidents/", STOLEN | future),
            boss.api("PATCH", path, future),
        ):
            assert (refused.status_code, refused.json()["fields"]) == (400, ["beganAt"])
        assert boss.api("GET", path).json()["beganAt"] == shown["beganAt"]

    def test_by_default_it_begins_now(self, boss: Login) -> None:
        before = timestamp(timezone.now())
        shown = boss.api("POST", "/incidents", STOLEN).json()
        assert before <= shown["beganAt"] <= shown["openedAt"]

    @pytest.mark.parametrize(
        "began", [None, "", 7, "2026-11-28", "2026-11-28T11:00:00", "x" * 9999, "\ud800", []]
    )
    def test_a_beginning_must_be_a_time(self, boss: Login, began: Any) -> None:
        response = boss.api("POST", "/incidents", STOLEN | {"beganAt": began})
        assert (response.status_code, response.json()["fields"]) == (400, ["beganAt"])

    @pytest.mark.parametrize(
        "began", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z"]
    )
    def test_one_that_no_clock_has_shown(self, boss: Login, began: str) -> None:
        response = boss.api("POST", "/incidents", STOLEN | {"beganAt": began})
        assert (response.status_code, response.json()["fields"]) == (400, ["beganAt"])

    @pytest.mark.parametrize(
        "name", [None, "", " \n", 7, ["x"], "\x00", "\x07", "\ud800", "x" * (NAME_LENGTH + 1)]
    )
    def test_it_needs_a_name(self, boss: Login, name: Any) -> None:
        response = boss.api("POST", "/incidents", STOLEN | {"name": name})
        assert (response.status_code, response.json()["fields"]) == (400, ["name"])
        assert not Incident.objects.exists()

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("\x1b[31mred\r\nline", "[31mred line"),
            ("'; DROP TABLE x; --", "'; DROP TABLE x; --"),
            ("a\u202eb\u2028c", "a b c"),
            ("🦕" * NAME_LENGTH, "🦕" * NAME_LENGTH),
        ],
    )
    def test_hostile_names_are_kept_on_one_line(self, boss: Login, given: str, kept: str) -> None:
        shown = boss.api("POST", "/incidents", STOLEN | {"name": given})
        assert (shown.status_code, shown.json()["name"]) == (201, kept)

    def test_all_that_is_missing_is_named(self, boss: Login) -> None:
        assert boss.api("POST", "/incidents", {}).json()["fields"] == ["name", "filter"]

    @pytest.mark.parametrize("body", ["[]", "null", "{", b"\xff", "[" * 100_000])
    def test_a_body_that_is_no_object(self, boss: Login, body: Any) -> None:
        response = boss.api("POST", "/incidents", body)
        assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY_ERROR")

    def test_a_huge_body(self, boss: Login) -> None:
        response = boss.api("POST", "/incidents", STOLEN | {"name": "x" * 3_000_000})
        assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE_ERROR")


class TestTheList:
    def test_open_ones_come_first(self, boss: Login, staff: Any) -> None:
        first, second, third, fourth = (open_one(by(staff)) for _ in range(4))
        for one in (third, second):
            incidents.close_incident(one, actor=by(staff))
        found = boss.api("GET", "/incidents").json()
        ids = [one["id"] for one in found["items"]]
        assert (found["count"], ids) == (4, [fourth.pk, first.pk, second.pk, third.pk])
        second.refresh_from_db()
        assert found["items"][2] == {
            "id": second.pk,
            "name": "Stolen tokens",
            "closedAt": timestamp(second.closed_at),
        }

    @pytest.mark.parametrize(
        ("query", "count"),
        [("", 50), ("?limit=2&offset=1", 2), ("?offset=50", 1), ("?limit=x", 50), ("?limit=0", 0)],
    )
    def test_pages(self, boss: Login, query: str, count: int) -> None:
        now = timezone.now()
        Incident.objects.bulk_create(Incident(name="x", began_at=now) for _ in range(51))
        found = boss.api("GET", f"/incidents{query}").json()
        assert (found["count"], len(found["items"])) == (51, count)


class TestChanging:
    def test_only_what_is_given_changes(self, boss: Login, incident: Incident) -> None:
        path = f"/incidents/{incident.pk}"
        before = boss.api("GET", path).json()
        for change in (
            {"name": "Leaked keys"},
            {"filter": {"location": "Lyon"}},
            {"beganAt": "2026-01-01T00:00:00.000Z"},
        ):
            before |= change
            assert answer(boss.api("PATCH", path, change)) == (200, before)
        assert answer(boss.api("PATCH", path, {})) == (200, before)

    def test_whoever_changes_it_takes_part(
        self, boss: Login, second: Login, incident: Incident
    ) -> None:
        shown = second.api("PATCH", f"/incidents/{incident.pk}", {"name": "x"}).json()
        assert [one["name"] for one in shown["participants"]] == ["sam", "tess"]

    @pytest.mark.parametrize("field", ["name", "filter", "beganAt"])
    def test_null_is_no_value(self, boss: Login, incident: Incident, field: str) -> None:
        response = boss.api("PATCH", f"/incidents/{incident.pk}", {field: None})
        assert (response.status_code, response.json()["fields"]) == (400, [field])

    def test_put_is_no_method(self, boss: Login, incident: Incident) -> None:
        response = boss.api("PUT", f"/incidents/{incident.pk}", STOLEN)
        assert response.status_code == 405
        assert set(response["Allow"].split(", ")) == {"GET", "PATCH", "HEAD"}


class TestClosing:
    def test_a_closed_one_only_reopens(
        self, boss: Login, second: Login, incident: Incident
    ) -> None:
        path = f"/incidents/{incident.pk}"
        closed = second.api("PUT", f"{path}/closed").json()
        assert (closed["closedBy"], closed["participants"]) == ("tess", [])
        assert closed["closedAt"] is not None
        for method, rest, body in (
            ("PATCH", "", {"name": "x"}),
            ("PUT", "/closed", None),
            ("PUT", "/participation", None),
            ("POST", "/notes", {"text": "x"}),
        ):
            assert answer(boss.api(method, path + rest, body)) == conflict("closed")
        assert boss.api("GET", path).json() == closed
        assert boss.api("DELETE", f"{path}/participation").status_code == 200
        reopened = boss.api("DELETE", f"{path}/closed").json()
        assert (reopened["closedAt"], reopened["closedBy"]) == (None, None)
        assert [one["name"] for one in reopened["participants"]] == ["sam"]
        assert boss.api("DELETE", f"{path}/closed").json() == reopened


class TestTakingPart:
    def test_in_one_at_a_time(self, boss: Login, incident: Incident) -> None:
        other = boss.api("POST", "/incidents", STOLEN).json()["id"]
        path = f"/incidents/{incident.pk}"
        assert boss.api("GET", path).json()["participants"] == []
        for _ in range(2):
            shown = boss.api("PUT", f"{path}/participation")
            assert shown.status_code == 200
            assert [one["name"] for one in shown.json()["participants"]] == ["sam"]
        assert boss.api("GET", f"/incidents/{other}").json()["participants"] == []
        for _ in range(2):
            shown = boss.api("DELETE", f"{path}/participation")
            assert answer(shown)[1]["participants"] == []


def test_the_newest_of_many_are_shown(boss: Login, incident: Incident) -> None:
    now = timezone.now()
    for number in range(SHOWN + 3):
        incident.participations.create(actor_name=f"u{number}", since=now)
        by_sam = {"requested_by_name": "sam", "finished_at": now}
        incident.sign_outs.create(criteria={}, reason=f"{number}", **by_sam)
        incident.mails.create(text=f"{number}", **by_sam)
    shown = boss.api("GET", f"/incidents/{incident.pk}").json()
    for name, more in (
        # Sam takes part, too.
        ("participants", ("moreParticipants", 4)),
        ("signOuts", ("moreSignOuts", 3)),
        ("mails", ("moreMails", 3)),
    ):
        assert (len(shown[name]), shown[more[0]]) == (SHOWN, more[1])
    assert shown["signOuts"][0]["reason"] == shown["mails"][0]["text"] == f"{SHOWN + 2}"
    # From another version.
    assert shown["signOuts"][0]["filter"] is None


class TestTheTimeline:
    def test_notes_are_on_it(self, boss: Login, second: Login, incident: Incident) -> None:
        path = f"/incidents/{incident.pk}"
        text = "It is curl.\r\n\r\n<b>Not</b> a\tbrowser.\n"
        note = second.api("POST", f"{path}/notes", {"text": text})
        kept = incident.notes.get()
        assert answer(note) == (
            201,
            {
                "id": kept.pk,
                "text": "It is curl.\n\n<b>Not</b> a\tbrowser.",
                "createdAt": timestamp(kept.at),
                "createdBy": "tess",
            },
        )
        items = boss.api("GET", f"{path}/timeline").json()["items"]
        assert [one["kind"] for one in items] == ["incident_opened", "note"]
        assert items[1] == {
            "at": timestamp(kept.at),
            "by": "tess",
            "kind": "note",
            "text": kept.text,
            "subject": None,
            "signOut": None,
            "state": None,
            "ended": None,
            "expected": None,
            "decidedBy": None,
        }

    @pytest.mark.parametrize(
        "text",
        [None, "", " \n", "\u202e", 7, {}, "x\x00", "x\x1b[2J", "\ud800", "x" * (NOTE_LENGTH + 1)],
    )
    def test_a_note_must_be_a_text(self, boss: Login, incident: Incident, text: Any) -> None:
        response = boss.api("POST", f"/incidents/{incident.pk}/notes", {"text": text})
        assert (response.status_code, response.json()["fields"]) == (400, ["text"])
        assert not incident.notes.exists()

    def test_in_any_script(self, boss: Login, incident: Incident) -> None:
        """Joiners and marks of direction, which do not print, belong to texts in many scripts."""
        text = "می‌خواهم 👩‍🚒 ‏x"
        note = boss.api("POST", f"/incidents/{incident.pk}/notes", {"text": text})
        assert (note.status_code, note.json()["text"]) == (201, text)


class TestThePreview:
    def test_it_counts(
        self, boss: Login, incident: Incident, ann: Any, bob: Any, root: Any, above_one: None
    ) -> None:
        steal(ann, 3)
        steal(bob, location="", browser="Chrome", dialect="v4")
        steal(root)
        steal(boss.user)
        shown = boss.api("GET", f"/incidents/{incident.pk}/preview")
        assert answer(shown) == (
            200,
            {
                "sessions": 5,
                "estimated": 0,
                "users": 3,
                "skipped": 1,
                "own": 1,
                "locations": [
                    {"value": "Lyon, France", "sessions": 4},
                    {"value": "", "sessions": 1},
                ],
                "browsers": [
                    {"value": "curl", "sessions": 4},
                    {"value": "Chrome", "sessions": 1},
                ],
                "dialects": [{"value": "v5", "sessions": 4}, {"value": "v4", "sessions": 1}],
                "needsApproval": True,
            },
        )

    def test_of_few_it_needs_no_approval(
        self, boss: Login, incident: Incident, ann: Any, above_one: None
    ) -> None:
        steal(ann, 3)
        shown = boss.api("GET", f"/incidents/{incident.pk}/preview").json()
        assert (shown["sessions"], shown["needsApproval"]) == (3, False)


@pytest.mark.parametrize(
    "text", ["0", "-1", "007", "x", "1x", "9" * 18, "9" * 400, "%00", "%F0%28", "me", "all"]
)
@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("PUT", "/closed"),
        ("DELETE", "/closed"),
        ("PUT", "/participation"),
        ("DELETE", "/participation"),
        ("POST", "/notes"),
        ("GET", "/timeline"),
        ("GET", "/preview"),
    ],
)
def test_unknown_ones(boss: Login, incident: Incident, method: str, rest: str, text: str) -> None:
    response = boss.api(method, f"/incidents/{text}{rest}", {"text": "x"})
    assert answer(response) == (404, UNKNOWN)


def test_a_deleted_one_is_unknown(boss: Login, incident: Incident) -> None:
    path = f"/incidents/{incident.pk}"
    Incident.objects.all().delete()
    assert answer(boss.api("GET", path)) == (404, UNKNOWN)
    assert answer(boss.api("POST", f"{path}/notes", {"text": "x"})) == (404, UNKNOWN)


def test_a_filter_of_another_version_is_shown_as_null(boss: Login, incident: Incident) -> None:
    Incident.objects.update(criteria={"kind": "search", "mood": "bad"})
    path = f"/incidents/{incident.pk}"
    assert boss.api("GET", path).json()["filter"] is None
    assert answer(boss.api("GET", f"{path}/preview")) == conflict("unreadable_filter")
    assert boss.api("PATCH", path, {"filter": STOLEN["filter"]}).status_code == 200
    assert boss.api("GET", path).json()["filter"] == STOLEN["filter"]
