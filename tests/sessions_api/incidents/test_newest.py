"""The rows of an incident that are shown."""

from typing import Any

import pytest
from django.utils import timezone

from sessions_api.incidents.models import Incident, OwnersMail
from sessions_api.incidents.services.newest import newest
from tests.sessions_api.incidents.services import by, open_one

pytestmark = pytest.mark.django_db

LIMIT = 3


@pytest.fixture
def incident(chief: Any) -> Incident:
    return open_one(by(chief))


def mail(incident: Incident, *, finished: bool) -> int:
    at = timezone.now() if finished else None
    return OwnersMail.objects.create(incident=incident, text="x", finished_at=at).pk


def shown(incident: Incident) -> tuple[list[int], int]:
    found = newest(incident.mails.all(), LIMIT)
    assert list(found.oldest_first()) == list(found.rows)[::-1]
    return [one.pk for one in found.oldest_first()], found.more


def test_the_newest_finished_ones_are_shown(incident: Incident) -> None:
    keys = [mail(incident, finished=True) for _ in range(LIMIT)]
    assert shown(incident) == (keys, 0)
    keys += [mail(incident, finished=True) for _ in range(2)]
    assert shown(incident) == (keys[-LIMIT:], 2)


def test_one_that_has_not_finished_is_never_buried(incident: Incident) -> None:
    first = mail(incident, finished=False)
    keys = [mail(incident, finished=True) for _ in range(LIMIT + 1)]
    assert shown(incident) == ([first, *keys[-2:]], 2)


def test_all_that_have_not_finished_are_shown(incident: Incident) -> None:
    old = mail(incident, finished=True)
    keys = [mail(incident, finished=False) for _ in range(LIMIT + 2)]
    assert shown(incident) == (keys, 1)
    last = mail(incident, finished=True)
    assert last > old
    assert shown(incident) == (keys, 2)
