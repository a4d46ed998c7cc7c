"""The page of a bulk sign-out leads to the incident that manages it."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.urls import reverse

from sessions_api.incidents.models import Incident, SignOut, SignOutState
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.models import BulkSignOut
from tests.browser import said
from tests.sessions_api.incidents.admin.desks import ALL, desk_of, text_of, url
from tests.sessions_api.incidents.services import by

pytestmark = pytest.mark.django_db

#: Somebody who may end sessions, and knows nothing of incidents.
ENDER = ("view_usersession", "delete_usersession")


def path_of(bulk: BulkSignOut, page: str = "change") -> str:
    return reverse(f"admin:sessions_api_bulksignout_{page}", args=[bulk.pk])


@pytest.fixture
def bulk(incident: Incident, root: Any) -> BulkSignOut:
    """The bulk sign-out of a sign-out that was interrupted."""
    sign_out = sign_outs.request_sign_out(incident, actor=by(root), reason="stolen")
    get_user_model().objects.filter(pk=root.pk).update(is_active=False)
    jobs.run_due()
    sign_out.refresh_from_db()
    assert sign_out.state is SignOutState.INTERRUPTED
    return sign_out.bulk_sign_out


@pytest.mark.parametrize("page", ["next_batch", "cancel"])
def test_it_is_resumed_and_stopped_in_the_room_only(
    helper: Any, bulk: BulkSignOut, page: str
) -> None:
    before = BulkSignOut.objects.values().get()
    answer = desk_of(helper, *ENDER).post(path_of(bulk, page), follow=True)
    assert answer.redirect_chain == [(path_of(bulk), 302)]
    assert said(answer) == "Nothing was changed."
    assert BulkSignOut.objects.values().get() == before
    assert SignOut.objects.get().state is SignOutState.INTERRUPTED


def test_whoever_may_view_incidents_is_led_there(
    helper: Any, bulk: BulkSignOut, incident: Incident
) -> None:
    text = text_of(desk_of(helper, *ALL), path_of(bulk))
    assert f'<a href="{url(incident)}"><bdi>{incident.name}</bdi></a>' in text
    assert 'id="resume"' not in text


def test_others_do_not_learn_its_name(helper: Any, bulk: BulkSignOut, incident: Incident) -> None:
    text = text_of(desk_of(helper, *ENDER), path_of(bulk))
    assert "on a page that you may not view" in text
    assert incident.name not in text


def test_without_its_incident_it_is_resumed_on_its_own_page(
    desk: Browser, bulk: BulkSignOut, incident: Incident
) -> None:
    incident.delete()
    assert 'id="resume"' in text_of(desk, path_of(bulk))
    assert said(desk.post(path_of(bulk, "cancel"), follow=True)).startswith("Stopped.")
