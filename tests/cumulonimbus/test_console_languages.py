"""The console in German and Arabic: every page is shown, and none has a text of ours in English."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext, override

from cumulonimbus.django_texts import TEXTS
from killswitches.models import FlipRequest, KillSwitch
from killswitches.registry import FILE_CREATE
from sessions_api.incidents.services.jobs import run_due
from sessions_api.models import BulkSignOut, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import (
    EVENTS,
    GROUPS,
    INCIDENTS,
    INDEX,
    LOGIN,
    NOTICES,
    SEARCH,
    SECOND_FACTORS,
    SESSIONS,
    SWITCHES,
    USERS,
)
from tests.browser import browser_of, confirm, page_of, select
from tests.catalogs import LANGUAGES
from tests.chromium.scenery import Scene, set_scene
from tests.english import english_on

pytestmark = pytest.mark.django_db

#: The words of a list's title, and its direction.
TITLES = {"de": ("Sitzung", "ltr"), "ar": ("جلسة", "rtl")}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scene(make_user: Any, log_in: Any) -> Scene:
    scene = set_scene(make_user, log_in)
    # Stored texts are in English.
    BulkSignOut.objects.update(what="1234")
    scene.incident.participations.update(since=scene.incident.opened_at)
    return scene


@pytest.fixture
def desk(scene: Scene, language: str) -> Client:
    browser = browser_of(scene.root)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return browser


@pytest.fixture
def check(language: str) -> Callable[..., Any]:
    """Return a function that checks a page and returns it."""

    def check(page: Any, status: int = 200) -> Any:
        assert page.status_code == status
        assert page["Content-Language"] == language
        assert english_on(page.content.decode(), language) == []
        return page

    return check


def test_the_pages(desk: Client, scene: Scene, language: str, check: Any, settings: Any) -> None:
    # That of mails, whose text is suggested.
    settings.LANGUAGE_CODE = language
    word, direction = TITLES[language]
    for path in scene.paths.values():
        page = check(desk.get(path)).content.decode()
        assert f'<html lang="{language}" dir="{direction}"' in page
    assert word in desk.get(SESSIONS).content.decode()


def test_lists_and_forms_of_every_model(desk: Client, check: Any) -> None:
    apps = check(desk.get(INDEX)).context["app_list"]
    for app in apps:
        check(desk.get(app["app_url"]))
        for model in app["models"]:
            check(desk.get(model["admin_url"]))
            if model["add_url"]:
                check(desk.get(model["add_url"]))


def test_texts_that_django_has_not_translated(
    desk: Client, scene: Scene, language: str, check: Any
) -> None:
    """On the pages that create an account and set a password."""
    with override(language):
        translated = {text: gettext(text) for text in TEXTS}
    assert all(text != shown for text, shown in translated.items())
    scene.victim.set_unusable_password()
    scene.victim.save()
    shown = ""
    for path in (f"{USERS}add/", page_of(scene.victim), f"{USERS}{scene.victim.pk}/password/"):
        shown += check(desk.get(path)).content.decode()
    for text, translation in translated.items():
        words = text.removesuffix("%s")
        assert f">{words}<" not in shown
        # The one message of a form that is not sent here.
        assert translation.removesuffix("%s") in shown or text.endswith("was disabled.")


def test_searches_and_filters(desk: Client, scene: Scene, check: Any) -> None:
    session = UserSession.objects.latest("pk")
    end_sessions(UserSession.objects.filter(pk=session.pk), actor=Actor(user=scene.root))
    for query in ("", "?q=192.0.2.7", "?q=nobody-at-all", f"?q={session.sid}"):
        check(desk.get(f"{SEARCH}{query}", follow=True))
    for query in ("state=ended", "state=expired", "kind=scoped", "q=x", "browser=curl"):
        check(desk.get(f"{SESSIONS}?{query}"))
    check(desk.get(page_of(session)))
    for query in ("since=2026-01-02&until=2026-01-01", "between=x", "actor=nobody"):
        check(desk.get(f"{EVENTS}?{query}"))
    for path in (f"{USERS}?q=x", f"{NOTICES}?q=x", f"{SECOND_FACTORS}?q=x", f"{GROUPS}add/"):
        check(desk.get(path))
    check(desk.get(f"{SESSIONS}?nonsense=1"), 400)
    check(desk.get("/admin/nowhere/"), 404)


def test_actions_and_messages(desk: Client, scene: Scene, check: Any) -> None:
    victim = scene.victim
    check(desk.post(USERS, select("ban", victim), follow=True))
    check(desk.post(USERS, select("ban", victim, reason="1234"), follow=True))
    check(desk.post(USERS, select("lift_ban", victim), follow=True))
    for name in ("ban", "unban", "reset_login_limits"):
        check(desk.post(page_of(victim, name), {"reason": ""}, follow=True))
        check(desk.post(page_of(victim, name), {"reason": "1234"}, follow=True))
    session = UserSession.objects.filter(user=victim).latest("pk")
    page = check(desk.post(SESSIONS, select("delete_selected", session)))
    check(confirm(desk, page, reason="1234"))
    switch = page_of(KillSwitch(number=FILE_CREATE.number))
    check(desk.post(switch, {"reason": ""}))
    wrong = {"only_dialect": "x", "only_version": "x", "only_network": "x", "only_share": "0"}
    for name, value in wrong.items():
        check(desk.post(switch, {"preview": "", name: value}))
    only = {"only_dialect": "v5", "only_client": "curl", "only_share": "50"}
    check(desk.post(switch, only | {"preview": ""}))
    given = only | {"reason": "1234", "end": "1d", "version": ""}
    check(desk.post(switch, given, follow=True))
    check(desk.get(switch))
    check(desk.get(SWITCHES))
    check(desk.get(page_of(victim)))


def test_requests_for_a_second_person(
    desk: Client, check: Any, scene: Scene, settings: Any
) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": [FILE_CREATE.name]}
    switch = page_of(KillSwitch(number=FILE_CREATE.number))
    given = {"reason": "1234", "end": "1d", "version": "", "only_share": "5"}
    check(desk.post(switch, given, follow=True))
    check(desk.get(switch))
    url = f"{SWITCHES}requests/{FlipRequest.objects.get().pk}/"
    check(desk.get(url))
    for button in ("confirm", "decline", "decline"):
        check(desk.post(url, {button: "", "reason": "1234"}, follow=True))
    check(desk.get(url))
    check(desk.post(switch, given | {"alone": "on"}))
    check(desk.post(switch, given | {"alone": "on", "alone_because": "1234"}, follow=True))
    check(desk.get(switch))


def test_incidents(desk: Client, scene: Scene, language: str, check: Any, settings: Any) -> None:
    settings.LANGUAGE_CODE = language
    new = {"name": "1234", "began_at": "2999-01-01T00:00", "network": "x", "location": "\u202e"}
    check(desk.post(f"{INCIDENTS}add/", new))
    check(desk.post(f"{INCIDENTS}add/", {"everybody": "on", "browser": "x"}))
    room = scene.incident
    assert room.sign_outs.count() == 2
    pages = {
        "note": {"text": "1234"},
        "leave": {},
        "join": {},
        "end": {"reason": ""},
        "tell": {"text": "1234"},
        f"sign-outs/{room.sign_outs.latest('pk').pk}": {"stop": ""},
        "edit": {"name": "1234", "began_at": "2026-11-28T00:00", "everybody": "on"},
        "close": {},
        "reopen": {},
    }
    for page, posted in pages.items():
        url = f"{INCIDENTS}{room.pk}/{page}/"
        check(desk.get(url, follow=True))
        for _ in range(2):
            check(desk.post(url, posted, follow=True))
    run_due()
    check(desk.get(page_of(room)))
    check(desk.get(f"{INCIDENTS}{room.pk}/report-file/"))


def test_the_login(language: str, check: Any) -> None:
    browser = Client(headers={"Accept-Language": language})
    check(browser.get(LOGIN))
    check(browser.post(LOGIN, {"username": "x", "password": "x"}))


def test_english_is_detected() -> None:
    page = '<html lang="de">{}</html>'.format
    assert english_on(page("Alle <b>Sitzungen</b>"), "de") == []
    assert english_on(page("<b>kill switches</b>"), "de") == ["kill switches"]
    assert english_on(page("<i>Banned ann.</i>"), "de") == ["Banned ann."]
    assert english_on(page('<p title="See all events">1</p>'), "de") == ["See all events"]
