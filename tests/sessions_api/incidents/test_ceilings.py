"""Not everything that anybody requests may wait at once: the pages show all of it."""

from typing import Any

import pytest
from django.utils import timezone

from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import OwnersMail, SignOut
from sessions_api.incidents.services import mails, sign_outs
from sessions_api.incidents.services.ceilings import MOST_UNFINISHED
from tests.sessions_api.incidents.services import by, open_one, steal, steal_and_end

pytestmark = pytest.mark.django_db


def test_of_sign_outs_a_number_may_be_unfinished(ann: Any, chief: Any) -> None:
    actor = by(chief)
    incident = open_one(actor)
    steal(ann)
    SignOut.objects.bulk_create(
        SignOut(incident=incident, criteria=incident.criteria, needs_approval=True)
        for _ in range(MOST_UNFINISHED)
    )
    with pytest.raises(IncidentConflict) as caught:
        sign_outs.request_sign_out(incident, actor=actor, reason="x")
    assert caught.value.reason == "too_many_unfinished"
    assert SignOut.objects.count() == MOST_UNFINISHED
    # In another incident, and after a decision.
    sign_outs.request_sign_out(open_one(actor), actor=actor, reason="x")
    sign_outs.decline(incident.sign_outs.first(), actor=actor)
    sign_outs.request_sign_out(incident, actor=actor, reason="x")


def test_of_mails_a_number_may_be_unfinished(ann: Any, chief: Any, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": ("incident",)}
    actor = by(chief)
    incident = open_one(actor)
    steal_and_end(incident, ann, actor=actor)
    OwnersMail.objects.bulk_create(
        OwnersMail(incident=incident, text="x") for _ in range(MOST_UNFINISHED)
    )
    with pytest.raises(IncidentConflict) as caught:
        mails.tell_owners(incident, "x", actor=actor)
    assert caught.value.reason == "too_many_unfinished"
    OwnersMail.objects.filter(pk=incident.mails.first().pk).update(finished_at=timezone.now())
    mails.tell_owners(incident, "x", actor=actor)
