"""Forms of pages of which only a part arrives. Each would still mean something, but not the same.

Every test sends the whole form, too, which shows that the part was refused for what it lacks.
"""

from typing import Any

import pytest
from django.test import Client as Browser

from killswitches.models import KillSwitch
from killswitches.registry import FILE_CREATE
from sessions_api.incidents.models import Incident, Note
from sessions_api.models import UserSession
from sessions_api.services.session_search import SessionSearch
from tests.admin_paths import SESSIONS
from tests.api import Login
from tests.browser import select
from tests.cast import PASSWORD
from tests.killswitches.pages import page_of
from tests.sessions_api.account.visitor import ORIGIN, Visitor
from tests.sessions_api.incidents.admin.desks import url
from tests.sessions_api.incidents.services import NETWORK, by, open_one
from tests.truncated import post_part

pytestmark = pytest.mark.django_db

TEXT = "Only a part of the form has arrived. Nothing was changed; send it again."


def is_refused(response: Any) -> bool:
    assert response.status_code == 400
    assert response.headers["Content-Security-Policy"]
    return bool(response.content.decode() == f"{TEXT}\n")


@pytest.fixture
def incident(root: Any) -> Incident:
    return open_one(by(root), SessionSearch(network="203.0.113.128/25"))


def test_the_preview_of_a_kill_switch(roots_desk: Browser) -> None:
    """Without its conditions and the name of its button, it turns the switch on for everybody."""
    path = page_of(FILE_CREATE)
    context = roots_desk.get(path).context
    fields = dict.fromkeys(("version", "reason", *context["form"].fields), "")
    fields |= {"version": context["state"].version, "reason": "a look"}
    fields |= {"only_network": NETWORK, "preview": "1"}
    end = next(f"&{key}=" for key in fields if key.startswith("only_"))
    assert is_refused(post_part(roots_desk, path, fields, end=end))
    assert not KillSwitch.objects.filter(enabled=True).exists()
    assert roots_desk.post(path, fields).status_code == 200
    assert not KillSwitch.objects.filter(enabled=True).exists()


def test_the_filter_of_an_incident(roots_desk: Browser, incident: Incident) -> None:
    path = url(incident, "edit")
    context = roots_desk.get(path).context
    fields = {"shown": context["shown"], "name": "x", "began_at": "2026-11-28T02:10:00"}
    fields |= {"network": "203.0.113.0/29", "location": "Berlin"}
    before = incident.criteria
    for end in ("%2F29", "9&"):
        assert is_refused(post_part(roots_desk, path, fields, end=end))
        incident.refresh_from_db()
        assert incident.criteria == before
    assert roots_desk.post(path, fields).status_code == 302
    incident.refresh_from_db()
    assert incident.criteria != before


def test_a_note(roots_desk: Browser, incident: Incident) -> None:
    path, fields = url(incident, "note"), {"text": "They did not get the keys, which"}
    assert is_refused(post_part(roots_desk, path, fields, end="not"))
    assert not Note.objects.exists()
    assert roots_desk.post(path, fields).status_code == 302
    assert Note.objects.get().text == fields["text"]


def test_the_confirmation_that_sessions_end(roots_desk: Browser, me: Login, other: Login) -> None:
    page = roots_desk.post(SESSIONS, select("delete_selected", me.session, other.session, index=0))
    hidden = {field.html_name: field.value() for field in page.context["form"].hidden_fields()}
    path, fields = page.context["form_url"], hidden | {"reason": "of a drill, not of theft"}
    assert is_refused(post_part(roots_desk, path, fields, end="not"))
    assert UserSession.objects.filter(user=me.user).count() == 2
    assert roots_desk.post(path, fields).status_code == 302
    assert not UserSession.objects.filter(user=me.user).exists()


def test_a_new_password(ann: Any, root: Any) -> None:
    """Cut in the middle of the second password, it would only be refused; so not there."""
    visitor, path, new = Visitor().log_in(), "/account/password/", "a much better one"
    visitor.open(path)
    fields = {"new_password1": new, "new_password2": new, "password": PASSWORD}
    fields |= visitor.fields_of(path)
    headers = {"HTTP_ORIGIN": ORIGIN, "secure": True}
    last = list(fields)[-1]
    assert is_refused(post_part(visitor.browser, path, fields, end=f"&{last}=", **headers))
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert visitor.post(path, fields).status_code == 302
    ann.refresh_from_db()
    assert ann.check_password(new)


def test_the_login_of_the_console(root: Any) -> None:
    """Who is not logged in is told the same."""
    browser = Browser(enforce_csrf_checks=True)
    browser.get("/admin/login/")
    token = browser.cookies["csrftoken"].value
    fields = {"csrfmiddlewaretoken": token, "username": "root", "password": PASSWORD, "next": "/"}
    # The header does not make up for the token in the form, as it would for Django alone.
    assert is_refused(
        post_part(browser, "/admin/login/", fields, end="&next", HTTP_X_CSRFTOKEN=token)
    )
    assert browser.post("/admin/login/", fields).status_code == 302


def test_the_api_answers_in_its_own_form(me: Login, other: Login) -> None:
    fields = {"sessions": [other.session.sid, me.session.sid]}
    response = post_part(Browser(), "/api/v5/login", fields, end="&sessions")
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY_ERROR")
