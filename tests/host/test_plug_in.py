"""The plug-in that the manual shows: what it registers is there, wherever ours is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest
from django.conf import settings
from django.contrib.admin import site
from django.core import mail
from django.core.checks import run_checks
from django.core.management import call_command
from django.db.models import TextChoices
from django.test import Client as HttpClient
from django.test import override_settings

from killswitches.registry import ACCOUNT_MODIFY
from killswitches.testing import switched_on
from sessions_api.admin import UserSessionAdmin
from sessions_api.http.switch_impact import SwitchImpact
from sessions_api.models import AuditEvent, UserSession
from sessions_api.notices.models import Notice
from sessions_api.notices.services.background import sender
from sessions_api.ratelimits import rates
from sessions_api.scopes import Scope, all_scopes, register, scope_name
from sessions_api.services.audit import Actor, record
from sessions_api.services.notices import register_kinds, tell
from sessions_api.testing import SessionClient, frozen_clock, rates_on
from tests.host import lost_devices
from tests.host.callers import PASSWORD, LogIn
from tests.host.lost_devices.admin import report_devices_as_lost
from tests.host.lost_devices.dialect import urls
from tests.host.lost_devices.dialect.policies import DEVICES, LOST_DEVICES
from tests.host.lost_devices.events import DeviceEvent
from tests.host.lost_devices.mails import DeviceNotice, write
from tests.host.models import Member
from tests.policy_table import squeezed, table

FOLDER = Path(lost_devices.__file__).parent
WHERE = {"where": "On the train"}

# method, path: audience, permission, scope, switches, own rate, reverification
POLICIES = """
POST /sign-in | anyone without a valid session | - | - | ACCOUNT_LOGIN | login 4/300 also 3/180 free InvalidUser | -
GET  /mine              | self | - | DEVICES | -              | -                   | -
POST /mine/:device/lost | self | - | DEVICES | ACCOUNT_MODIFY | lost devices 5/3600 | -
"""  # noqa: E501


class Unlinked(TextChoices):
    GREETING = "greeting", "greeting"


@pytest.fixture(autouse=True)
def _sent_by_tests() -> None:
    sender().is_on = False


@pytest.fixture
def lost(mia: Member, log_in: LogIn) -> UserSession:
    """A session of Mia's on a device that she has lost."""
    return log_in(mia, name="My phone").user_session


@pytest.fixture
def desk(staff: Member) -> HttpClient:
    """The browser of a superuser."""
    desk = HttpClient()
    desk.force_login(staff)
    return desk


def path_of(session: UserSession) -> str:
    return f"/devices/mine/{session.sid}/lost"


class TestTheDialect:
    def test_it_works(self, api_client: SessionClient, mia: Member) -> None:
        body = {"email": "mia@example.com", "secret": PASSWORD}
        token = api_client.post("/devices/sign-in", body).json()["token"]
        api_client.credentials(HTTP_AUTHORIZATION=token)
        [session] = UserSession.objects.all()
        assert session.dialect == "devices"
        [device] = api_client.get("/devices/mine").json()["devices"]
        assert (device["device"], device["name"]) == (session.sid, session.name)
        assert api_client.post(path_of(session), WHERE).json() == {"lost": True}
        assert api_client.get("/devices/mine").status_code == 401

    @pytest.mark.parametrize(
        ("method", "path", "status", "kind"),
        [
            ("get", "/devices/mine", 401, "invalid-session"),
            ("get", "/devices/nowhere", 404, "invalid-endpoint"),
            ("put", "/devices/mine", 405, "invalid-endpoint"),
            ("post", "/devices/sign-in", 400, "missing-fields"),
        ],
    )
    def test_its_errors_have_its_form(
        self, api_client: SessionClient, db: None, method: str, path: str, status: int, kind: str
    ) -> None:
        answer = getattr(api_client, method)(path, {})
        assert answer.status_code == status
        assert answer.json()["type"] == f"urn:problem:{kind}"
        assert answer.json()["status"] == status

    def test_devices_of_others_do_not_exist(
        self, lost: UserSession, staff: Member, log_in: LogIn
    ) -> None:
        # A session of theirs may have the same id.
        log_in(staff).post(path_of(lost), WHERE)
        assert UserSession.objects.filter(pk=lost.pk).exists()

    def test_its_policies(self) -> None:
        assert table(urls.endpoints) == squeezed(POLICIES)

    def test_checks_find_nothing(self, db: None) -> None:
        ours = [found for found in run_checks() if "lost_devices" in str(found)]
        assert ours == []
        wrong = {"RATES": {"LOST_DEVICES": (9, 60)}, "NOTICES": ["device_lost"]}
        with api_settings(**wrong):
            assert [found.id for found in run_checks() if found.level >= 40] == []

    def test_the_admin_tells_what_switches_close(self) -> None:
        closed = SwitchImpact().endpoints(ACCOUNT_MODIFY)
        assert "POST /devices/mine/:device/lost" in closed

    def test_switches_close_it(self, lost: UserSession, mia: Member, log_in: LogIn) -> None:
        client = log_in(mia)
        with switched_on(ACCOUNT_MODIFY):
            answer = client.post(path_of(lost), WHERE)
        assert (answer.status_code, answer.json()["feature"]) == (503, ACCOUNT_MODIFY.number)

    @pytest.mark.parametrize(("numbers", "allowed"), [({}, 5), ({"LOST_DEVICES": (2, 60)}, 2)])
    def test_its_rate(
        self, mia: Member, log_in: LogIn, numbers: dict[str, Any], allowed: int
    ) -> None:
        client = log_in(mia)
        with rates_on(), frozen_clock(), api_settings(RATES=numbers, RATELIMIT_ENABLE=True):
            statuses = [client.post("/devices/mine/1/lost", WHERE).status_code for _ in range(6)]
        assert statuses == [404] * allowed + [429] * (6 - allowed)
        assert rates.BY_NAME["LOST_DEVICES"] is LOST_DEVICES


class TestTheScope:
    @pytest.mark.parametrize(
        ("scopes", "status"),
        [
            (DEVICES, 200),
            (Scope.ALL, 200),
            (DEVICES | Scope.FILE_READ, 200),
            (Scope.FILE_READ, 403),
        ],
    )
    def test_it_opens_the_endpoints(
        self, mia: Member, log_in: LogIn, scopes: Scope, status: int
    ) -> None:
        assert log_in(mia, scopes=scopes).get("/devices/mine").status_code == status

    @pytest.mark.parametrize(("flags", "status"), [(1 << 21, 201), (1 << 22, 400), (1 << 30, 400)])
    def test_v5_makes_sessions_with_it(
        self, mia: Member, log_in: LogIn, flags: int, status: int
    ) -> None:
        body = {"name": "Watchdog", "permissionFlags": flags, "password": PASSWORD}
        answer = log_in(mia).post("/auth/users/me/sessions", body)
        assert answer.status_code == status
        form = "application/x-www-form-urlencoded"
        text = f"name=x&permissionFlags={flags}&password={PASSWORD}"
        answer = log_in(mia).post("/auth/users/me/sessions", text, content_type=form)
        assert answer.status_code == status

    def test_it_has_a_name(self, mia: Member, log_in: LogIn, desk: HttpClient) -> None:
        session = log_in(mia, scopes=DEVICES | Scope.FILE_READ).user_session
        assert AuditEvent.objects.get().detail["scopes"] == ["FILE_READ", "DEVICES"]
        page = desk.get(f"/admin/sessions_api/usersession/{session.pk}/change/")
        assert "FILE_READ, DEVICES" in page.content.decode()
        assert scope_name(DEVICES) == "DEVICES"
        assert DEVICES in all_scopes()

    def test_one_for_staff(self, mia: Member, staff: Member, log_in: LogIn) -> None:
        staff_alone = register(29, "STAFF_DEVICES", "See devices of all users.")
        body = {"name": "x", "permissionFlags": int(staff_alone), "password": PASSWORD}
        for member, status in ((mia, 403), (staff, 201)):
            answer = log_in(member).post("/auth/users/me/sessions", body)
            assert answer.status_code == status


class TestTheAuditLog:
    def test_a_report_is_recorded(self, lost: UserSession, mia: Member, log_in: LogIn) -> None:
        assert log_in(mia).post(path_of(lost), WHERE).status_code == 200
        found = AuditEvent.objects.get(kind=DeviceEvent.LOST)
        assert (found.actor, found.subject) == (mia, mia)
        assert found.detail == {"device": "My phone", "reason": "Lost: On the train"}
        assert str(found).startswith("Device reported as lost (")

    def test_the_admin_shows_and_filters_it(self, desk: HttpClient, mia: Member) -> None:
        record(DeviceEvent.LOST, Actor(user=mia), subject=mia)
        record(AuditEvent.Kind.BANNED, Actor(), subject=mia)
        log = "/admin/sessions_api/auditevent/"
        page = desk.get(f"{log}?kind__exact=device_lost").content.decode()
        assert page.count('class="field-kind') == 1
        assert page.count("Device reported as lost") > 1
        assert "device_lost" in desk.get(log).content.decode()
        export = b"".join(desk.get(f"{log}export.csv?kind__exact=device_lost"))
        assert b"device_lost" in export

    def test_a_kind_that_nobody_has_registered(self, db: None) -> None:
        class Forgotten(TextChoices):
            THING = "thing"

        with pytest.raises(LookupError, match="Forgotten is not registered"):
            record(Forgotten.THING, Actor())


class TestTheNotice:
    def test_the_owner_is_told(self, lost: UserSession, mia: Member, log_in: LogIn) -> None:
        log_in(mia).post(path_of(lost), WHERE)
        notice = Notice.objects.get(kind=DeviceNotice.LOST)
        assert notice.get_kind_display() == "device reported as lost"
        mail.outbox.clear()
        call_command("send_notices")
        [letter] = [one for one in mail.outbox if "lost" in one.subject]
        assert letter.subject == "A device of yours at host.example was reported as lost"
        assert "Your device “My phone” was reported as lost, and is logged out." in letter.body
        assert "/mine/not-me/?token=" in letter.body

    def test_what_users_choose_is_made_harmless(self, mia: Member) -> None:
        tell(DeviceNotice.LOST, mia, actor=Actor(), device="https://evil.example\r\nBcc: x")
        call_command("send_notices")
        [letter] = mail.outbox
        assert "evil.example" not in letter.body
        assert "\r" not in letter.subject

    @pytest.mark.parametrize(
        ("wanted", "count"), [(None, 1), (["device_lost"], 1), (["banned"], 0), ([], 0)]
    )
    def test_the_setting_names_it(self, mia: Member, wanted: Any, count: int) -> None:
        with api_settings(NOTICES=wanted):
            tell(DeviceNotice.LOST, mia, actor=Actor())
        assert Notice.objects.count() == count

    def test_one_without_a_link(self, mia: Member) -> None:
        """It is held back as the others are, when there are too many."""
        register_kinds(Unlinked, write, is_linked=False)
        for _ in range(12):
            tell(Unlinked.GREETING, mia, actor=Actor(), device="x")
        assert Notice.objects.filter(is_held_back=True).count() == 2
        call_command("send_notices")
        assert len(mail.outbox) == 10
        assert "not-me" not in mail.outbox[0].body

    def test_the_admin_filters_it(self, desk: HttpClient, mia: Member) -> None:
        tell(DeviceNotice.LOST, mia, actor=Actor())
        page = desk.get("/admin/notices/notice/?kind=device_lost").content.decode()
        assert page.count('class="field-kind') == 1


class TestTheAction:
    LIST = "/admin/sessions_api/usersession/"

    def run(self, desk: HttpClient, *sessions: UserSession) -> str:
        form = {"action": "report_devices_as_lost", "_selected_action": [s.pk for s in sessions]}
        return desk.post(self.LIST, form, follow=True).content.decode()

    def test_staff_report_devices(self, desk: HttpClient, lost: UserSession, log_in: LogIn) -> None:
        other = log_in(lost.user).user_session
        assert "Report the devices as lost" in desk.get(self.LIST).content.decode()
        assert "1 device was logged out." in self.run(desk, lost)
        assert list(UserSession.objects.all()) == [other]
        found = AuditEvent.objects.get(kind=DeviceEvent.LOST)
        assert (found.actor_name, found.subject) == ("sam@example.com", lost.user)

    def test_it_is_offered_once(self) -> None:
        assert isinstance(site.get_model_admin(UserSession), UserSessionAdmin)
        UserSessionAdmin.add_action(report_devices_as_lost)
        assert list(UserSessionAdmin.actions).count(report_devices_as_lost) == 1

    def test_another_one_of_its_name(self) -> None:
        def report_devices_as_lost(admin: Any, request: Any, queryset: Any) -> None:
            pass

        def delete_selected(admin: Any, request: Any, queryset: Any) -> None:
            pass

        for taken in (report_devices_as_lost, delete_selected):
            with pytest.raises(ValueError, match="another action"):
                UserSessionAdmin.add_action(taken)


class TestTheDescription:
    @pytest.fixture
    def document(self, api_client: SessionClient, db: None) -> dict[str, Any]:
        return api_client.get("/devices/schema/?format=json").json()

    def test_it_is_valid(self, document: dict[str, Any]) -> None:
        openapi_spec_validator.OpenAPIV31SpecValidator(document).validate()
        assert set(document["paths"]) == {"/sign-in", "/mine", "/mine/{device}/lost"}
        assert document["servers"] == [{"url": "/devices"}]
        assert document["x-scopes"]["DEVICES"]["value"] == 1 << 21

    def test_it_says_what_policies_say(self, document: dict[str, Any]) -> None:
        report = document["paths"]["/mine/{device}/lost"]["post"]
        assert "A scoped session needs `DEVICES`." in report["description"]
        assert "Limits: 100 per 60 s, 5 per 3600 s." in report["description"]
        assert report["x-policies"][0]["scope"] == "DEVICES"
        example = report["requestBody"]["content"]["application/json"]["examples"]["Plain"]
        assert example["value"] == {"where": "On the train to Łódź"}

    def test_answers_fit_it(
        self, document: dict[str, Any], mia: Member, log_in: LogIn, lost: UserSession
    ) -> None:
        client = log_in(mia)
        answers = [
            ("/mine", "get", client.get("/devices/mine")),
            ("/mine", "get", SessionClient().get("/devices/mine")),
            ("/mine/{device}/lost", "post", client.post(path_of(lost), {})),
            ("/mine/{device}/lost", "post", client.post(path_of(lost), "x", content_type="a/b")),
            ("/mine/{device}/lost", "post", client.post("/devices/mine/7/lost", WHERE)),
            ("/mine/{device}/lost", "post", client.post(path_of(lost), WHERE)),
        ]
        assert [answer.status_code for *_, answer in answers] == [200, 401, 400, 415, 404, 200]
        for path, method, answer in answers:
            told = document["paths"][path][method]["responses"][str(answer.status_code)]
            schema = told["content"]["application/json"]["schema"]
            jsonschema.validate(answer.json(), document | schema)

    def test_pages_are_served_beside_it(self, api_client: SessionClient, db: None) -> None:
        yaml = api_client.get("/devices/schema/devices/")
        assert yaml.status_code == 200


def api_settings(**changes: Any) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changes)


def imported() -> Iterator[tuple[str, str]]:
    """What the plug-in takes of our packages: modules and names."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    yield str(node.module), alias.name


def test_it_takes_only_what_is_public() -> None:
    """The page lists the modules."""
    page = (FOLDER.parents[2] / "docs/hosts/plug-ins.md").read_text()
    public = set(re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE))
    ours = {
        (module, name)
        for module, name in imported()
        if module.split(".")[0] in {"killswitches", "sessions_api", "cumulonimbus"}
    }
    assert len(ours) > 25
    assert {(m, n) for m, n in ours if n.startswith("_")} == set()
    unlisted = {(m, n) for m, n in ours if m not in public and f"{m}.{n}" not in public}
    assert unlisted == set()
