"""Every text for users is marked for translation: pages, messages, forms, errors and mail."""

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import InterfaceError
from django.test import Client as Browser
from django.test import override_settings
from django.utils import timezone, translation

from killswitches.approvals.people import Person
from killswitches.approvals.services import turn_on
from killswitches.approvals.wishes import Wish
from killswitches.conditions.conditions import Conditions, read_conditions
from killswitches.models import FlipRequest, KillSwitch
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, FILE_DELETE, GLOBAL, registry
from killswitches.services import set_switch
from sessions_api.accounts.mail import new_password_path
from sessions_api.callers.clients import Client
from sessions_api.exceptions import Overloaded
from sessions_api.http.cookies.token_cookie import cookie_name
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services.incidents import close_incident, open_incident
from sessions_api.incidents.services.jobs import run_due
from sessions_api.incidents.services.mails import tell_owners
from sessions_api.incidents.services.sign_outs import decline, request_sign_out
from sessions_api.models import AuditEvent, BulkSignOut, PastSession, SessionKind, UserSession
from sessions_api.notices.models import Notice
from sessions_api.notices.services.delivery import send_due
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from sessions_api.services.audit import Actor, record
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from sessions_api.services.notices import NoticeKind, tell
from sessions_api.services.session_search import SessionSearch
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import (
    BULK_SIGN_OUTS,
    EVENTS,
    INCIDENTS,
    LOGIN,
    NOTICES,
    SEARCH,
    SESSIONS,
    SWITCHES,
    USERS,
)
from tests.browser import browser_of, confirm, page_of, select
from tests.caches import DOWN
from tests.cast import PASSWORD, allow
from tests.catalogs import LANGUAGES
from tests.failing_pages import login_page_fails_with
from tests.made_up_language import HEADERS, LANGUAGE, TIME, spoken, unmarked, words_outside
from tests.sessions_api.passwords.overload import full_queue
from tests.sessions_api.services.bulk_sign_outs import cut_small
from tests.small_lists import windows_of

pytestmark = pytest.mark.django_db

FACTORS = "/admin/second_factors/secondfactor/"
FLIPS = "/admin/killswitches/switchflip/"
GROUPS = "/admin/auth/group/"
HERE = Client(address="192.0.2.7", user_agent="data.agent")


#: For tests of pages and mails that are translated: once for marks, and once for each language.
in_every_language = pytest.mark.parametrize("_spoken", ["", *LANGUAGES], indirect=True)


@pytest.fixture(autouse=True)
def _spoken(request: pytest.FixtureRequest) -> Iterator[None]:
    with spoken(getattr(request, "param", "")):
        yield


@pytest.fixture
def root(make_user: Callable[..., Any]) -> Any:
    return make_user("data.root", is_staff=True, is_superuser=True, email="data@example.com")


@pytest.fixture
def victim(make_user: Callable[..., Any], log_in: Callable[..., Any]) -> Any:
    """A user with both kinds of session, a second factor and audit events."""
    user = make_user("data.victim", email="data.victim@data.example")
    for flags in (None, int(Scope.SESSION_READ)):
        log_in(user, client=HERE, name="data.session", dialect="v5", permission_flags=flags)
    UserSession.objects.update(browser="data.browser", os="data.os", location="data.location")
    UserSession.objects.filter(permission_flags=None).update(used_at=timezone.now())
    SecondFactor.objects.create(user=user, name="data.factor", type="totp", secret="data.secret")
    for kind in AuditEvent.Kind:
        actor = Actor(user=user, client=HERE)
        record(kind, actor, subject=user, reason="data.reason", location="data.location")
    return user


@pytest.fixture
def sign_out(root: Any, victim: Any) -> BulkSignOut:
    return begin_bulk_sign_out(
        uuid4(),
        actor=Actor(user=root),
        reason="data.reason",
        what="data.what",
        criteria={"kind": "users", "ids": [str(victim.pk)], "keep": []},
        spares_superusers=False,
        expected=2,
    )


@pytest.fixture
def incident(root: Any, victim: Any) -> Incident:
    """An incident that is about the victim's sessions."""
    actor = Actor(user=root)
    search = SessionSearch(network="192.0.2.0/24", of_kind=SessionKind.FULL)
    return open_incident("data.incident", began_at=timezone.now(), search=search, actor=actor)


@pytest.fixture
def desk(root: Any) -> Browser:
    browser = Browser(headers=HEADERS, raise_request_exception=False)
    browser.force_login(root)
    return browser


def marked(page: Any, *statuses: int) -> Any:
    """Check that all texts of a page are marked, and return the page."""
    assert page.status_code in (statuses or (200,))
    assert unmarked(page.content.decode()) == []
    return page


class TestPages:
    def test_of_sessions(self, desk: Browser, victim: Any) -> None:
        for session in UserSession.objects.all():
            for name in ("change", "delete", "end_others"):
                marked(desk.get(page_of(session, name)))
        queries = ("", "?state=expired", "?kind=scoped&q=data.victim", f"?user={victim.pk}")
        for query in (*queries, "?state=new-password", "?used_at__isnull=True", "?user=0"):
            marked(desk.get(f"{SESSIONS}{query}"))
            marked(desk.get(f"{SESSIONS}end/{query}", follow=True))
        marked(desk.get(f"{SESSIONS}of/{victim.pk}/end/"))
        with windows_of(1):
            marked(desk.get(f"{SESSIONS}?location=data.location"))
            oldest = UserSession.objects.earliest("pk")
            marked(desk.get(f"{SESSIONS}?location=x&after={oldest.sid}_{oldest.pk}"))

    def test_of_ended_sessions(self, desk: Browser, victim: Any) -> None:
        session = UserSession.objects.earliest("pk")
        end_sessions(UserSession.objects.all(), actor=Actor(user=victim), reason="data.reason")
        for query in ("?state=ended", f"?state=ended&user={victim.pk}", "?state=ended&q=x"):
            marked(desk.get(f"{SESSIONS}{query}"))
        marked(desk.get(page_of(session)))
        PastSession.objects.update(sid=session.sid)
        marked(desk.get(f"{SEARCH}?q={session.sid}"))
        marked(desk.get(EVENTS))
        marked(desk.get(page_of(AuditEvent.objects.filter(kind="sessions_ended").latest("pk"))))

    def test_of_bulk_sign_outs(self, desk: Browser, sign_out: BulkSignOut) -> None:
        marked(desk.get(BULK_SIGN_OUTS))
        marked(desk.get(page_of(sign_out)))

    def test_of_users_and_groups(self, desk: Browser, root: Any, victim: Any) -> None:
        group = Group.objects.create(name="data.group")
        for path in (USERS, f"{USERS}add/", GROUPS, f"{GROUPS}add/", page_of(group)):
            marked(desk.get(path))
        for user in (root, victim):
            marked(desk.get(page_of(user)))
            marked(desk.get(page_of(user, "history"), follow=True))
            marked(desk.get(page_of(user, "history"), {"forms": ""}))
        for name in ("delete", "secure", "ban", "reset_login_limits"):
            marked(desk.get(page_of(victim, name)))
        page = desk.get(f"{USERS}{victim.pk}/password/")
        # Django concatenates it on import, in English.
        glued = str(page.context["form"].fields["usable_password"].help_text)
        assert glued in page.content.decode()
        assert unmarked(page.content.decode().replace(glued, "")) == []

    def test_of_second_factors(self, desk: Browser, victim: Any) -> None:
        factor = SecondFactor.objects.get()
        for path in (FACTORS, page_of(factor), page_of(factor, "delete")):
            marked(desk.get(path))
        marked(desk.get(f"{FACTORS}of/{victim.pk}/remove/"))

    def test_of_the_audit_log(self, desk: Browser, victim: Any) -> None:
        wrong = "?actor=data.nobody&address=x&since=2026-01-02&until=2026-01-01&when=day"
        hour = "2026-11-28T14:00Z/2026-11-28T15:00Z"
        periods = (f"?between={hour}", "?between=x")
        for query in ("", wrong, "?kind__exact=login&q=data.victim", *periods):
            marked(desk.get(f"{EVENTS}{query}"))
        for event in AuditEvent.objects.all():
            marked(desk.get(page_of(event)))

    def test_of_kill_switches(self, desk: Browser) -> None:
        names = {"actor_name": "data.who", "reason": "data.reason"}
        set_switch(GLOBAL, True, until=timezone.now() + timedelta(hours=1), **names)
        set_switch(ACCOUNT_LOGIN, True, actor_name="data.who")
        some = Conditions(dialect="v5", client="data.client", share=10)
        set_switch(FILE_CREATE, True, conditions=some, **names)
        set_switch(FILE_CREATE, False, **names)
        set_switch(FILE_DELETE, True, conditions=Conditions(share=10), **names)
        for path in (SWITCHES, FLIPS):
            marked(desk.get(path))
        for switch in registry:
            marked(desk.get(page_of(KillSwitch(number=switch.number))))
        page = page_of(KillSwitch(number=FILE_CREATE.number))
        for client, version in (("data.client", "<5"), ("", "5")):
            conditions = {"only_client": client, "only_version": version, "only_share": "10"}
            marked(desk.post(page, conditions | {"preview": ""}))

    def test_of_requests_of_kill_switches(
        self, desk: Browser, root: Any, staff: Any, settings: Any
    ) -> None:
        settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}
        wishes = [
            Wish("data.reason", lasts=timedelta(minutes=15), conditions=Conditions(share=10)),
            Wish("data.reason", until=timezone.now() + timedelta(hours=1)),
            Wish("data.reason", alone_because="data.alone"),
        ]
        persons = [Person(staff, "data.staff"), Person(root), Person(root)]
        for wish, person in zip(wishes, persons, strict=True):
            key = getattr(turn_on(GLOBAL, wish, person).waiting, "pk", None)
            for path in ("/admin/", SWITCHES, FLIPS, page_of(KillSwitch(number=GLOBAL.number))):
                marked(desk.get(path))
            if key:
                marked(desk.get(f"{SWITCHES}requests/{key}/"))
        for one in FlipRequest.objects.all():
            marked(desk.get(f"{SWITCHES}requests/{one.pk}/"))

    def test_of_incidents(self, desk: Browser, incident: Incident, settings: Any) -> None:
        settings.LANGUAGE_CODE = LANGUAGE
        paths = [INCIDENTS, f"{INCIDENTS}add/", "/admin/"]
        pages = ("change", "edit", "end", "tell", "report", "report-file")
        for state in ("open", "running", "told", "closed"):
            for path in (*paths, *(f"{INCIDENTS}{incident.pk}/{page}/" for page in pages)):
                marked(desk.get(path, follow=True))
            match state:
                case "open":
                    root = Actor(user=incident.opened_by)
                    request_sign_out(incident, actor=root, reason="data.reason")
                case "running":
                    run_due()
                    tell_owners(incident, "data.text", actor=root)
                case "told":
                    close_incident(incident, actor=root)
        Incident.objects.update(criteria={"kind": "search"})
        marked(desk.get(page_of(incident)))
        Incident.objects.update(criteria={})
        marked(desk.get(page_of(incident, "report")))

    def test_of_incidents_in_which_somebody_is_waited_for(
        self,
        desk: Browser,
        incident: Incident,
        root: Any,
        staff: Any,
        make_user: Any,
        settings: Any,
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 0}
        only_there = read_conditions(network="192.0.2.0/24")
        set_switch(ACCOUNT_LOGIN, True, conditions=only_there, actor_name="data.who")
        room = page_of(incident)
        switch = page_of(KillSwitch(number=ACCOUNT_LOGIN.number))
        marked(desk.get(switch, {"back": room}))
        viewer = browser_of(make_user("data.viewer", is_staff=True), "view_incident")
        type(staff).objects.filter(pk=staff.pk).update(username="data.sam")
        staff.refresh_from_db()
        for one in (root, staff):
            waiting = request_sign_out(incident, actor=Actor(user=one), reason="data.reason")
            for path in ("/admin/", INCIDENTS, EVENTS, room):
                marked(desk.get(path))
            marked(viewer.get(room, headers=HEADERS))
            decline(waiting, actor=Actor(user=root), reason="data.reason")
            marked(desk.get(room))

    def test_of_the_index(self, desk: Browser, victim: Any) -> None:
        marked(desk.get("/admin/"))
        with mock.patch("sessions_api.services.session_counts.MOST_COUNTED", 1):
            marked(desk.get("/admin/?again"))
        for app in (
            "sessions_api",
            "sessions_api_incidents",
            "killswitches",
            "second_factors",
            "notices",
            "cumulonimbus",
        ):
            marked(desk.get(f"/admin/{app}/"))

    def test_of_the_search(
        self, desk: Browser, victim: Any, newcomer: Any, make_user: Any, log_in: Any
    ) -> None:
        terms = ("", "data.", "data.nobody", "192.0.2.7", "data." + "x" * 300)
        for term in terms:
            marked(desk.get(SEARCH, {"q": term}))
        for number in range(10):
            make_user(f"data.user{number}", is_active=number > 1)
            log_in(victim, client=HERE, name="data.session")
        for term in ("data.", "192.0.2.7"):
            marked(desk.get(SEARCH, {"q": term}))
        browser = Browser(headers=HEADERS)
        browser.force_login(allow(newcomer, "sessions_api.view_usersession"))
        type(newcomer).objects.filter(pk=newcomer.pk).update(username="data.nora")
        for path in (f"{SEARCH}?q=data.nobody", "/admin/"):
            marked(browser.get(path))

    def test_of_an_empty_service(self, desk: Browser) -> None:
        for path in (
            "/admin/",
            SESSIONS,
            EVENTS,
            SWITCHES,
            FLIPS,
            FACTORS,
            NOTICES,
            BULK_SIGN_OUTS,
        ):
            marked(desk.get(path))

    def test_of_ones_own_password(self, desk: Browser) -> None:
        marked(desk.get("/admin/password_change/"))
        marked(desk.post("/admin/password_change/", {"old_password": "x"}))
        marked(desk.get("/admin/password_change/done/"))


class TestMessages:
    def test_of_ending_sessions(self, desk: Browser, root: Any, victim: Any) -> None:
        one, other = UserSession.objects.all()
        page = desk.post(SESSIONS, select("delete_selected", one, other))
        marked(confirm(desk, page, reason=""))
        UserSession.objects.filter(pk=one.pk).delete()
        marked(confirm(desk, page))
        marked(confirm(desk, page))
        marked(desk.post(SESSIONS, select("end_all_others", one, other), follow=True))
        marked(desk.get(f"{SESSIONS}end/confirmed/", follow=True))

    def test_of_ending_everything(
        self,
        desk: Browser,
        victim: Any,
        log_in: Callable[..., Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        cut_small(monkeypatch)
        for _ in range(9):
            log_in(victim, name="data.session", client=HERE)
        UserSession.objects.update(name="data.session", browser="data.browser", os="data.os")
        page = desk.get(f"{SESSIONS}end/")
        marked(confirm(desk, page, everybody="no"))
        confirm(desk, page, everybody="everybody", reason="data.reason")
        [sign_out] = BulkSignOut.objects.all()
        # Stored texts are always in English.
        assert sign_out.what == "Everybody's sessions"
        BulkSignOut.objects.update(what="data.what")
        for action in ("resume", "cancel", "cancel"):
            marked(desk.post(f"{BULK_SIGN_OUTS}{sign_out.pk}/{action}/", follow=True))

    def test_of_what_only_superusers_may_do(self, root: Any, staff: Any) -> None:
        browser = Browser(headers=HEADERS)
        browser.force_login(staff)
        type(staff).objects.filter(pk=staff.pk).update(username="data.sam")
        allow(staff, "cumulonimbus.view_user", "cumulonimbus.change_user")
        for action in ("ban", "end_sessions"):
            marked(browser.post(USERS, select(action, root, reason="data.reason"), follow=True))

    def test_of_users(self, desk: Browser, root: Any, victim: Any) -> None:
        for reason in ("", "data.reason", "data.reason"):
            marked(desk.post(USERS, select("ban", root, victim, reason=reason), follow=True))
        marked(desk.get(page_of(victim)))
        for reason in ("", "data.reason", "data.reason"):
            marked(desk.post(USERS, select("lift_ban", root, victim, reason=reason), follow=True))
        for action in ("ban", "end_sessions", "delete_selected"):
            marked(desk.post(USERS, select(action, root, victim), follow=True))
        page = desk.get(page_of(victim))
        posted = {"username": "?", "is_staff": ""}
        marked(desk.post(f"{page_of(victim)}{page.context['form_url']}", posted))
        # Not saved: what is recorded then is in English.
        type(victim).objects.filter(pk=victim.pk).update(is_active=False)
        stale = page.context["form_url"]
        marked(desk.post(f"{page_of(victim)}{stale}", {"username": "data.other"}, follow=True))
        marked(desk.post(f"{USERS}add/", {"username": "?", "email": "data@example.com"}))

    def test_of_banning_and_unbanning_a_user(self, desk: Browser, victim: Any) -> None:
        for name in ("unban", "ban", "ban", "unban"):
            for reason in ("", "data.reason"):
                posted = {"reason": reason, "end_sessions": "on"}
                marked(desk.post(page_of(victim, name), posted, follow=True))
        victim.delete()
        marked(desk.get(page_of(type(victim)(pk=1), "ban"), follow=True))

    def test_of_resetting_login_limits(self, desk: Browser, victim: Any) -> None:
        path = page_of(victim, "reset_login_limits")
        for reason in ("", "data.reason"):
            marked(desk.post(path, {"reason": reason, "networks": HERE.address}, follow=True))
        with override_settings(CACHES={"default": DOWN}):
            marked(desk.post(path, {"reason": "data.reason"}, follow=True))

    def test_of_securing_an_account(
        self,
        desk: Browser,
        victim: Any,
        django_capture_on_commit_callbacks: Any,
        mailoutbox: Any,
    ) -> None:
        secure = page_of(victim, "secure")
        marked(desk.post(secure, {"reason": "", "password": "x"}))
        given = {"reason": "data.reason", "remove_factors": "on", "ban": "on", "mark": "x"}
        marked(desk.post(secure, given | {"password": "unusable"}))
        given["mark"] = desk.get(secure).context["mark"]
        with (
            override_settings(LANGUAGE_CODE=LANGUAGE),
            django_capture_on_commit_callbacks(execute=True),
        ):
            done = desk.post(secure, given | {"password": victim.email})
        marked(desk.get(done["Location"]))
        [letter] = mail.outbox
        lines = [line for line in letter.body.splitlines() if not line.startswith("http")]
        assert words_outside(" ".join([letter.subject, *lines]).replace("testserver", "")) == []
        type(victim).objects.filter(pk=victim.pk).update(password="data.password")
        marked(desk.get(secure))
        marked(desk.get(page_of(type(victim)(pk=1), "secure"), follow=True))

    def test_of_second_factors(self, desk: Browser, victim: Any) -> None:
        factor = SecondFactor.objects.get()
        posted = select("delete_selected", factor) | {"confirmed": "yes", "reason": "data.reason"}
        marked(desk.post(FACTORS, posted | {"reason": ""}))
        for _ in range(2):
            marked(desk.post(FACTORS, posted, follow=True))

    def test_of_kill_switches(self, desk: Browser) -> None:
        page = page_of(KillSwitch(number=GLOBAL.number))
        answers = [
            {},
            {"reason": "data.reason", "name": "x", "end": "at", "version": ""},
            {"reason": "data.reason", "name": "GLOBAL", "end": "at", "until": "2001-01-01T00:00"},
            {"reason": "data.reason", "name": "GLOBAL", "until": "2101-01-01T00:00"},
            {"reason": "data.reason", "name": "GLOBAL", "end": "1d", "version": "x"},
            {"reason": "data.reason", "name": "GLOBAL", "end": "1d", "version": ""},
        ]
        for answer in answers:
            marked(desk.post(page, answer, follow=True))
        version = desk.get(page).context["state"].version
        for posted in ({"8": "x"}, {"8": version, "reason": "data.reason"}):
            marked(desk.post(f"{SWITCHES}turn-off/", posted, follow=True))

    def test_of_requests_of_kill_switches(
        self, desk: Browser, root: Any, staff: Any, settings: Any
    ) -> None:
        settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}
        page = page_of(KillSwitch(number=GLOBAL.number))
        answer = {"reason": "data.reason", "name": "GLOBAL", "version": ""}
        for one in ({}, {"alone": "on"}, {"alone_because": "data.alone"}, {"only_share": "5"}):
            marked(desk.post(page, answer | one, follow=True))
        theirs = turn_on(GLOBAL, Wish("data.reason"), Person(staff, "data.staff")).waiting
        own = turn_on(
            GLOBAL, Wish("data.reason", until=timezone.now() + timedelta(days=1)), Person(root)
        ).waiting
        assert theirs
        assert own
        type(staff).objects.filter(pk=staff.pk).update(is_active=False)
        for key in (theirs.pk, own.pk):
            for button in ("confirm", "decline", "confirm"):
                url = f"{SWITCHES}requests/{key}/"
                marked(desk.post(url, {button: "", "reason": "data.reason"}, follow=True))

    def test_of_incidents(
        self, desk: Browser, staff: Any, incident: Incident, settings: Any
    ) -> None:
        settings.LANGUAGE_CODE = LANGUAGE

        def post(page: str, **posted: str) -> None:
            marked(desk.post(f"{INCIDENTS}{incident.pk}/{page}/", posted, follow=True))

        wrong = {"name": "x", "began_at": "2999-01-01T00:00", "network": "x", "device": "\u202e"}
        later = {"created_after": "2026-01-02T00:00", "created_before": "2026-01-01T00:00"}
        for posted in ({}, wrong | later, {"name": "x", "began_at": "2026-01-01T00:00"}):
            marked(desk.post(f"{INCIDENTS}add/", posted))
            post("edit", **posted)
        for page in ("note", "leave", "join", "tell", "end"):
            marked(desk.get(f"{INCIDENTS}{incident.pk}/{page}/", follow=True))
            post(page)
        post("note", text="data.text")
        ours = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 0}
        type(staff).objects.filter(pk=staff.pk).update(username="data.sam")
        staff.refresh_from_db()
        with override_settings(SESSIONS_API=ours):
            shown = desk.get(f"{INCIDENTS}{incident.pk}/end/").context["hidden"]
            for alone in ({"alone": "on"}, {"alone_because": "data.alone"}):
                post("end", reason="data.reason", **alone)
            for _ in range(2):
                post("end", reason="data.reason", **{name: str(shown[name]) for name in shown})
            own = incident.sign_outs.get()
            for button in ("approve", "resume", "decline", "approve", "stop", "x"):
                post(f"sign-outs/{own.pk}", **{button: ""})
            other = request_sign_out(incident, actor=Actor(user=staff), reason="data.reason")
            shown["seen"] = own.pk
            post("end", reason="data.reason", **{name: str(shown[name]) for name in shown})
            post("end", reason="data.reason", seen=str(other.pk), shown="x")
            post(f"sign-outs/{other.pk}", approve="")
        run_due()
        UserSession.objects.all().delete()
        marked(desk.get(f"{INCIDENTS}{incident.pk}/end/", follow=True))
        for page in ("tell", "tell", "mails/1", "mails/0", "close", "close", "end", "reopen"):
            post(page, text="data.text")
        type(staff).objects.filter(pk=staff.pk).update(is_active=False)
        marked(desk.get(f"{INCIDENTS}0/change/", follow=True))


class TestNotices:
    @pytest.fixture(autouse=True)
    def _site(self, settings: Any) -> None:
        site = {"SITE_URL": "https://data.example"}
        settings.SESSIONS_API, settings.LANGUAGE_CODE = settings.SESSIONS_API | site, LANGUAGE

    def tell(self, victim: Any, kind: str, **detail: object) -> Any:
        """Send a notice, and return the mail."""
        owner = Actor(user=victim, client=HERE)
        tell(NoticeKind(kind), victim, actor=owner, name="data.name", **detail)
        send_due()
        return mail.outbox[-1]

    def words_of(self, letter: Any) -> list[str]:
        body = re.sub(r"https://\S+", " ", letter.body.replace("\N{ZERO WIDTH SPACE}", ""))
        [(html, _)] = letter.alternatives
        return [
            *words_outside(letter.subject),
            *words_outside(body),
            *unmarked(str(html).replace("\N{ZERO WIDTH SPACE}", "")),
        ]

    @in_every_language
    def test_their_mails(self, victim: Any, root: Any) -> None:
        for kind in NoticeKind:
            assert self.words_of(self.tell(victim, kind, count=2)) == []
        for new in (["device"], ["place"], ["device", "place"]):
            assert self.words_of(self.tell(victim, "new_login", new=new)) == []
        tell(NoticeKind.NEW_PASSWORD, victim, actor=Actor(user=root))
        send_due()
        assert self.words_of(mail.outbox[-1]) == []

    @in_every_language
    def test_the_page_of_their_links(self, victim: Any) -> None:
        browser = Browser(headers=HEADERS)
        letter = self.tell(victim, "new_password")
        token = letter.body.partition("token=")[2].split()[0]
        marked(browser.get("/account/not-me/", {"token": "x"}), 404)
        marked(browser.get("/account/not-me/", {"token": token}))
        with full_queue():
            marked(browser.post("/account/not-me/", {"token": token}), 503)
        marked(browser.post("/account/not-me/", {"token": token}))
        marked(browser.get("/account/not-me/", {"token": token}), 404)
        send_due()
        assert self.words_of(mail.outbox[-1]) == []
        letter = self.tell(victim, "new_password")
        token = letter.body.partition("token=")[2].split()[0]
        victim.email = "data@data.example"
        victim.save()
        marked(browser.get("/account/not-me/", {"token": token}))
        Notice.objects.update(attempted_at=timezone.now() - timedelta(days=3))
        marked(browser.get("/account/not-me/", {"token": token}), 404)

    def test_their_pages_for_staff(self, desk: Browser, victim: Any) -> None:
        self.tell(victim, "banned")
        marked(desk.get(NOTICES))
        [notice] = Notice.objects.all()
        marked(desk.get(page_of(notice)))
        marked(desk.post(NOTICES, select("retry", notice), follow=True))
        Notice.objects.update(due_at=None, sent_at=None)
        marked(desk.post(NOTICES, select("retry", notice), follow=True))


@in_every_language
def test_the_pages_for_a_new_password(victim: Any) -> None:
    browser = Browser(headers=HEADERS)
    link = new_password_path(victim)
    page = marked(browser.get(link, follow=True))
    path = page.redirect_chain[-1][0]
    marked(browser.post(path, {"new_password1": "x", "new_password2": "y"}))
    chosen = {"new_password1": f"{PASSWORD}!", "new_password2": f"{PASSWORD}!"}
    marked(browser.post(path, chosen, follow=True))
    marked(browser.get(link, follow=True))


class TestLogin:
    def test_after_a_wrong_password(self) -> None:
        browser = Browser(headers=HEADERS)
        marked(browser.get(LOGIN))
        marked(browser.post(LOGIN, {"username": "data.root", "password": "x"}))

    def test_with_a_second_factor(self, root: Any) -> None:
        SecondFactor.objects.create(user=root, name="data.x", type="totp", secret="data.secret")
        browser = Browser(headers=HEADERS)
        page = browser.post(LOGIN, {"username": "data.root", "password": PASSWORD})
        token = marked(page).context["form"]["token"].value()
        marked(browser.post(LOGIN, {"token": token, "code": "x"}))
        marked(browser.post(LOGIN, {"token": "x", "code": "x"}, follow=True))

    def test_after_the_login_has_expired(self, root: Any) -> None:
        browser = Browser(headers=HEADERS)
        page = browser.post(f"{SWITCHES}turn-off/", {"8": ""}, follow=True)
        path = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
        marked(browser.post(path, {"username": "data.root", "password": PASSWORD}, follow=True))

    @pytest.mark.ratelimited
    def test_after_too_many_attempts(self) -> None:
        browser = Browser(headers=HEADERS)
        pages = [browser.post(LOGIN, {"username": "x", "password": "x"}) for _ in range(40)]
        marked(pages[-1], 429)


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "path"), [(400, f"{SESSIONS}?nonsense=1"), (404, "/admin/nowhere/")]
    )
    def test_pages(self, desk: Browser, status: int, path: str) -> None:
        marked(desk.get(path), status)

    def test_a_page_without_permission(self, newcomer: Any) -> None:
        browser = Browser(headers=HEADERS)
        browser.force_login(newcomer)
        marked(browser.get(SESSIONS), 403)

    def test_a_forged_form(self) -> None:
        marked(Browser(enforce_csrf_checks=True, headers=HEADERS).post(LOGIN), 403)

    def test_a_failure(self, desk: Browser) -> None:
        with login_page_fails_with(LookupError):
            marked(desk.get(f"{LOGIN}?next=/"), 500)

    @pytest.mark.parametrize("failure", [Overloaded(1), InterfaceError("closed")], ids=str)
    def test_temporary_failures(self, desk: Browser, failure: Exception) -> None:
        with login_page_fails_with(failure):
            page = desk.get(f"{LOGIN}?next=/")
        assert page.status_code == 503
        assert words_outside(page.content.decode()) == []

    def test_a_form_that_cannot_be_read(self, desk: Browser) -> None:
        browser = Browser(enforce_csrf_checks=True, headers=HEADERS)
        browser.cookies["csrftoken"] = "a" * 32
        page = browser.generic("POST", "/nowhere", b"x", "multipart/form-data")
        assert page.status_code == 404
        assert page["Content-Type"].startswith("text/plain")
        assert words_outside(page.content.decode()) == []


class TestTheApi:
    def test_is_always_in_english(self, desk: Browser) -> None:
        paths = ("v3/users/login", "v4/login", "v5/login", "v5/users/me/sessions", "docs/", "x")
        for method, path in itertools.product(("GET", "POST", "DELETE", "OPTIONS"), paths):
            request = (method, f"/api/{path}", "{}", "application/json")
            answer, expected = (
                browser.generic(*request, headers={"x-request-id": "one"})
                for browser in (desk, Browser())
            )
            assert answer.content == expected.content
            assert answer.headers == expected.headers
            assert not {"Content-Language", "Vary"} & answer.headers.keys()

    def test_is_in_english_after_a_page_in_another_language_on_the_same_thread(
        self, desk: Browser
    ) -> None:
        marked(desk.get(SESSIONS))
        assert translation.get_language() == "en"


def test_djangos_pages_show_times_in_the_projects_form(root: Any) -> None:
    browser = Browser()
    browser.force_login(root)
    browser.post(f"{GROUPS}add/", {"name": "data.group"})
    history = browser.get(page_of(Group.objects.get(), "history"))
    assert TIME.search(history.content.decode())


def test_unmarked_texts_are_detected() -> None:
    with translation.override(LANGUAGE):
        told = translation.ngettext("%(n)s row of %(what)s", "rows", 1)
        text = told % {"n": 1, "what": translation.gettext("a table")}
    assert text == "[1 row of [a table]]"
    page = f'<html lang="{LANGUAGE}">{text} <b title="Why">glued</b> data.name <code>x y</code>'
    assert unmarked(page) == ["glued", "Why"]


class TestAccountPages:
    def test_pages(self, victim: Any) -> None:
        browser = Browser(headers=HEADERS)
        marked(browser.get("/account/login/"))
        given = {"username": "data.victim", "password": "x"}
        marked(browser.post("/account/login/", given))
        marked(browser.post("/account/login/", given | {"password": PASSWORD}))
        SecondFactor.objects.all().delete()
        browser.post("/account/login/", given | {"password": PASSWORD})
        sid = UserSession.objects.exclude(name="data.session").get().sid
        UserSession.objects.update(name="data.session", browser="data.browser", os="data.os")
        for path in ("", "sessions/end-all/", "password/", f"sessions/{sid}/not-me/"):
            marked(browser.get(f"/account/{path}"))
        marked(browser.post("/account/password/", {"password": "x", "new_password1": "y"}))
        ended = browser.post(f"/account/sessions/{sid + 1}/end/", follow=True)
        marked(ended)

    def test_refusals(self, victim: Any) -> None:
        set_switch(GLOBAL, True, actor_name="data.who")
        marked(Browser(headers=HEADERS).get("/account/login/"), 503)
        forger = Browser(enforce_csrf_checks=True, headers=HEADERS)
        marked(forger.post("/account/sessions/end-all/"), 403)

    def test_of_tokens_history_and_second_factors(self, victim: Any, log_in: Any) -> None:
        visitor = Browser(headers=HEADERS, raise_request_exception=False)
        visitor.cookies[cookie_name()] = log_in(victim, name="data.session").token
        factor = SecondFactor.objects.get()
        pages = ("tokens/", "tokens/new/", "history/", "second-factors/")
        deeds = ("app/", "key/", "codes/", f"{factor.pk}/remove/")
        for path in (*pages, *(f"second-factors/{deed}" for deed in deeds)):
            marked(visitor.get(f"/account/{path}", secure=True))
