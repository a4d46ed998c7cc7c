"""Mails to the owners of sessions that an incident has ended."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import AffectedOwner, Incident, OwnersMail
from sessions_api.incidents.services import incidents, jobs, mails
from sessions_api.incidents.services.mails import BATCH
from sessions_api.models import AuditEvent
from sessions_api.notices.models import Notice
from sessions_api.notices.services.delivery import send_due
from sessions_api.notices.services.outbox import MOST_OF_A_KIND
from tests.mailers import DUMMY, send_with
from tests.sessions_api.incidents.services import by, open_one, run_all, steal_and_end
from tests.sessions_api.notices.letters import html_of, letters, links_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_mail")]


@pytest.fixture
def dora(make_user: Callable[..., Any]) -> Any:
    return make_user("dora", email="dora@example.com")


@pytest.fixture
def incident(ann: Any, bob: Any, dora: Any, chief: Any) -> Incident:
    """An incident that has ended a session of ann, dora, and of bob, who has no address."""
    opened = open_one(by(chief))
    steal_and_end(opened, ann, bob, dora, actor=by(chief))
    return opened


def tell(incident: Incident, chief: Any, text: str = "Please log in again.") -> OwnersMail:
    mail = mails.tell_owners(incident, text, actor=by(chief))
    run_all()
    mail.refresh_from_db()
    return mail


def told() -> set[str]:
    return set(Notice.objects.filter(kind="incident").values_list("address", flat=True))


def test_each_owner_with_an_address_gets_one_mail(incident: Incident, chief: Any) -> None:
    mail = tell(incident, chief, "First.\n\nSecond.")
    assert told() == {"ann@example.com", "dora@example.com"}
    assert (mail.told, mail.skipped, mail.expected, mail.is_finished) == (2, 1, 3, True)
    assert AuditEvent.objects.get(kind="incident_owners_told").detail["owners"] == 3
    send_due()
    assert sorted(one.to[0] for one in letters()) == ["ann@example.com", "dora@example.com"]
    [letter, _] = letters()
    assert letter.subject == "About your account at club.example"
    assert "First.\n" in letter.body
    assert "Second." in letter.body
    # Nothing was done to the account that its owner could disown.
    assert not any("not-me" in link for link in links_of(letter))


def test_no_sentence_is_an_instruction_in_html(incident: Incident, chief: Any) -> None:
    tell(incident, chief, "<script>alert(1)</script>")
    send_due()
    assert "<script>" not in html_of(letters()[0])


def test_lines_of_browsers_make_paragraphs(incident: Incident, chief: Any) -> None:
    mail = tell(incident, chief, "First.\r\n\r\nSecond.\r\n")
    assert mail.text == "First.\n\nSecond."


def test_owners_are_told_once(incident: Incident, ann: Any, chief: Any, staff: Any) -> None:
    tell(incident, chief)
    with pytest.raises(IncidentConflict) as caught:
        tell(incident, chief)
    assert caught.value.reason == "nobody_to_tell"
    get_user_model().objects.filter(pk=staff.pk).update(email="sam@example.com")
    steal_and_end(incident, ann, staff, actor=by(chief))
    assert mails.untold(incident) == 1
    assert tell(incident, chief).told == 1
    assert Notice.objects.filter(kind="incident").count() == 3


def test_owners_of_another_incident_are_not_told(incident: Incident, ann: Any, chief: Any) -> None:
    second = open_one(by(chief))
    steal_and_end(second, ann, actor=by(chief))
    tell(second, chief)
    assert told() == {"ann@example.com"}
    assert mails.untold(incident) == 3


def test_accounts_that_were_deleted_are_not_told(
    incident: Incident, ann: Any, dora: Any, chief: Any
) -> None:
    # By SQL, which does not delete what belongs to an account.
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {ann._meta.db_table} WHERE id = %s", [ann.pk])  # noqa: S608
    mail = tell(incident, chief)
    assert (mail.told, mail.skipped) == (1, 2)
    assert told() == {"dora@example.com"}


def test_many_owners_are_told_in_batches(chief: Any) -> None:
    incident = open_one(by(chief))
    model = get_user_model()
    model.objects.bulk_create(
        model(pk=10_000 + number, username=f"u{number}", email=f"u{number}@example.com")
        for number in range(BATCH + 1)
    )
    keys = range(10_000, 10_000 + BATCH + 1)
    AffectedOwner.objects.bulk_create(AffectedOwner(incident=incident, user_id=key) for key in keys)
    mail = mails.tell_owners(incident, "Please log in again.", actor=by(chief))
    mails.run_mail(mail)
    mail.refresh_from_db()
    assert (mail.told, mail.is_finished, len(told())) == (BATCH, False, BATCH)
    run_all()
    mail.refresh_from_db()
    assert (mail.told, mail.is_finished, len(told())) == (BATCH + 1, True, BATCH + 1)
    mails.run_mail(mail)
    assert len(told()) == BATCH + 1


def test_one_that_is_stopped_tells_nobody_more(incident: Incident, chief: Any) -> None:
    mail = mails.tell_owners(incident, "Please log in again.", actor=by(chief))
    stopped = mails.stop_mail(mail, actor=by(chief))
    jobs.run_due()
    assert (stopped.is_finished, stopped.told, told()) == (True, 0, set())
    with pytest.raises(IncidentConflict) as caught:
        mails.stop_mail(mail, actor=by(chief))
    assert caught.value.reason == "finished"
    assert tell(incident, chief).told == 2


@pytest.mark.parametrize(
    "given", [{"SITE_URL": ""}, {"NOTICES": ("new_login",)}, {"NOTICES": ()}, {}]
)
def test_where_no_mail_is_sent(
    incident: Incident, chief: Any, settings: Any, given: dict[str, Any]
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | given
    if not given:
        send_with(settings, DUMMY)
    assert not mails.can_tell()
    with pytest.raises(IncidentConflict) as caught:
        mails.tell_owners(incident, "x", actor=by(chief))
    assert caught.value.reason == "mail_is_off"
    assert not OwnersMail.objects.exists()


def test_if_mail_is_turned_off_meanwhile_they_cannot_be_told(
    incident: Incident, chief: Any, settings: Any
) -> None:
    mail = mails.tell_owners(incident, "x", actor=by(chief))
    settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": ()}
    run_all()
    mail.refresh_from_db()
    assert (mail.told, mail.skipped, told()) == (0, 3, set())


def test_a_closed_incident_tells_nobody_new(incident: Incident, chief: Any) -> None:
    mail = mails.tell_owners(incident, "x", actor=by(chief))
    incidents.close_incident(incident, actor=by(chief))
    with pytest.raises(IncidentConflict) as caught:
        mails.tell_owners(incident, "x", actor=by(chief))
    assert caught.value.reason == "closed"
    # What runs goes on.
    run_all()
    mail.refresh_from_db()
    assert mail.told == 2


def test_too_many_of_a_day_are_held_back(ann: Any, chief: Any) -> None:
    for _ in range(MOST_OF_A_KIND + 1):
        incident = open_one(by(chief))
        steal_and_end(incident, ann, actor=by(chief))
        tell(incident, chief)
    held_back = Notice.objects.filter(kind="incident").values_list("is_held_back", flat=True)
    assert sorted(held_back) == [False] * MOST_OF_A_KIND + [True]


def test_the_text_outlives_the_incident(incident: Incident, chief: Any) -> None:
    """Pruning may delete an incident before the last mail is sent."""
    tell(incident, chief, "Please log in again.")
    Incident.objects.all().delete()
    send_due()
    assert "we have ended sessions of your account" in " ".join(letters()[0].body.split())
