"""Opening and changing an incident."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from sessions_api.incidents.models import Incident
from sessions_api.incidents.services.incidents import change_incident
from sessions_api.models import AuditEvent, SessionKind
from sessions_api.services.session_search import SessionSearch
from tests.admin_paths import INCIDENTS, INDEX
from tests.browser import said
from tests.sessions_api.incidents.admin.desks import VIEW, desk_of, do, url
from tests.sessions_api.incidents.services import by, open_one

pytestmark = pytest.mark.django_db

ADD = f"{INCIDENTS}add/"
GIVEN = {"name": "Stolen tokens", "began_at": "2026-11-28T02:10:00", "network": "203.0.113.0/24"}


def errors(desk: Browser, **fields: str) -> dict[str, Any]:
    """Post a form that is refused, and return its errors."""
    page = desk.post(ADD, GIVEN | fields)
    assert page.status_code == 200
    found: dict[str, Any] = page.context["form"].errors
    return found


def test_it_is_opened_with_everything_that_can_be_searched(desk: Browser, staff: Any) -> None:
    more = {
        "location": "Lyon",
        "browser": "curl",
        "device": "curl linux",
        "created_after": "2026-11-28T02:00",
        "created_before": "2026-11-28T05:00",
        "used_after": "2026-11-28T02:00",
        "used_before": "2026-11-28T06:00",
        "dialect": "v5",
        "of_kind": "full",
    }
    page = desk.post(ADD, GIVEN | more, follow=True)
    incident = Incident.objects.get()
    assert page.redirect_chain == [(url(incident), 302)]
    assert (incident.name, incident.opened_by_name) == ("Stolen tokens", "sam")
    assert incident.began_at == datetime(2026, 11, 28, 2, 10, tzinfo=UTC)
    assert incident.search == SessionSearch(
        network="203.0.113.0/24",
        location="Lyon",
        browser="curl",
        device="curl linux",
        created_after=datetime(2026, 11, 28, 2, tzinfo=UTC),
        created_before=datetime(2026, 11, 28, 5, tzinfo=UTC),
        used_after=datetime(2026, 11, 28, 2, tzinfo=UTC),
        used_before=datetime(2026, 11, 28, 6, tzinfo=UTC),
        dialect="v5",
        of_kind=SessionKind.FULL,
    )
    form = desk.get(url(incident, "edit")).context["form"]
    again = {name: form[name].value() for name in ("browser", "dialect", "of_kind", "network")}
    assert again == {
        "browser": "curl",
        "dialect": "v5",
        "of_kind": "full",
        "network": "203.0.113.0/24",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " \t "),
        ("name", "x" * 151),
        ("name", "a\0b"),
        ("began_at", ""),
        ("began_at", "yesterday"),
        ("began_at", "2999-01-01T00:00"),
        ("began_at", "0001-01-01T00:00"),
        ("network", "203.0.113"),
        ("network", "fe80::1%eth0"),
        ("location", "a\u202eb"),
        ("browser", "a\0b"),
        ("device", "a\x07b"),
        ("created_before", "9999-12-31T23:59"),
        ("created_after", "2999-01-01T00:00"),
        ("used_after", "2999-01-01T00:00"),
        ("used_after", "x"),
        ("dialect", "v9"),
        ("of_kind", "x"),
        ("everybody", "on"),
    ],
)
def test_invalid_values_are_explained_at_their_field(desk: Browser, field: str, value: str) -> None:
    assert list(errors(desk, **{field: value})) == [field]
    assert not Incident.objects.exists()


def test_times_are_in_order(desk: Browser) -> None:
    times = {"created_after": "2026-11-28T03:00", "created_before": "2026-11-28T03:00"}
    assert list(errors(desk, **times)) == ["created_before"]


def test_everybody_is_confirmed(desk: Browser) -> None:
    assert list(errors(desk, network="")) == ["everybody"]
    desk.post(ADD, GIVEN | {"network": "", "everybody": "on"})
    assert Incident.objects.get().search.is_for_everybody


def test_a_form_that_is_sent_twice_opens_one(desk: Browser) -> None:
    first, second = (desk.post(ADD, GIVEN)["Location"] for _ in range(2))
    assert first == second
    assert Incident.objects.count() == 1
    assert AuditEvent.objects.filter(kind="incident_opened").count() == 1


@pytest.mark.parametrize("held", [VIEW, ("add_incident",), ("view_incident", "change_incident")])
def test_it_takes_the_permission(staff: Any, held: tuple[str, ...]) -> None:
    browser = desk_of(staff, *held)
    assert [browser.get(ADD).status_code, browser.post(ADD, GIVEN).status_code] == [403, 403]
    assert not Incident.objects.exists()


class TestChanging:
    def change(self, desk: Browser, incident: Incident, **fields: str) -> Any:
        shown = desk.get(url(incident, "edit")).context["shown"]
        posted = GIVEN | {"shown": shown} | fields
        return desk.post(url(incident, "edit"), posted, follow=True)

    def test_it_is_changed(self, desk: Browser, incident: Incident) -> None:
        page = self.change(desk, incident, name="Other", network="198.51.100.0/24")
        assert said(page) == "Changed."
        incident.refresh_from_db()
        assert (incident.name, incident.search.network) == ("Other", "198.51.100.0/24")

    def test_criteria_without_a_field_stay(self, desk: Browser, staff: Any, ann: Any) -> None:
        incident = open_one(by(staff), SessionSearch(users=(str(ann.pk),), session=5))
        assert "(this stays)" in desk.get(url(incident, "edit")).content.decode()
        self.change(desk, incident, network="")
        incident.refresh_from_db()
        assert incident.search == SessionSearch(users=(str(ann.pk),), session=5)

    def test_somebody_elses_change_is_not_lost(
        self, desk: Browser, incident: Incident, staff: Any
    ) -> None:
        shown = desk.get(url(incident, "edit")).context["shown"]
        change_incident(incident, actor=by(staff), search=SessionSearch(browser="curl"))
        page = desk.post(url(incident, "edit"), GIVEN | {"shown": shown})
        assert "Somebody has changed this incident" in page.content.decode()
        incident.refresh_from_db()
        assert incident.search == SessionSearch(browser="curl")
        page = desk.post(url(incident, "edit"), GIVEN | {"shown": page.context["shown"]})
        incident.refresh_from_db()
        assert incident.search.network == "203.0.113.0/24"

    def test_a_closed_one_is_not(self, desk: Browser, incident: Incident) -> None:
        do(desk, incident, "close")
        page = self.change(desk, incident, name="Other")
        assert said(page).startswith("This incident is closed.")
        incident.refresh_from_db()
        assert incident.name == "Stolen tokens"

    def test_a_search_of_another_version_is_entered_again(
        self, desk: Browser, incident: Incident
    ) -> None:
        Incident.objects.update(criteria={"kind": "search", "colour": "red"})
        for page in ("change", "edit", "report", "report-file"):
            assert desk.get(url(incident, page)).status_code == 200
        assert desk.get(url(incident, "end")).status_code == 302
        self.change(desk, incident)
        incident.refresh_from_db()
        assert incident.search.network == "203.0.113.0/24"


@pytest.mark.parametrize("zone", ["America/St_Johns", "Asia/Kathmandu"])
def test_stored_times_that_the_zone_cannot_represent_are_shown(
    desk: Browser, staff: Any, settings: Any, zone: str
) -> None:
    settings.TIME_ZONE = zone
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    found = open_one(by(staff), SessionSearch(used_after=first, created_before=last))
    Incident.objects.update(began_at=first)
    for path in (INDEX, INCIDENTS, *(url(found, page) for page in ("change", "edit", "report"))):
        assert desk.get(path).status_code == 200, path
