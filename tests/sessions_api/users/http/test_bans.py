"""Staff ban over REST."""

from collections.abc import Callable
from typing import Any

import pytest

from killswitches.registry import registry
from killswitches.testing import switched_on
from sessions_api.http.shapes import timestamp
from sessions_api.models import AuditEvent, Ban
from sessions_api.scopes import ALL_SCOPES, Scope
from sessions_api.services.bans import ban_of
from tests.api import HOME, Api, Login
from tests.cast import LOOKING, PASSWORD, allow
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
REFUSED = {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"}
SPAM = {"reason": "Sends spam", "password": PASSWORD}


def ban(api: Api, user: Any, body: Any = SPAM) -> Any:
    return api("PUT", f"/users/{user.pk}/ban", body)


def lift(api: Api, user: Any, body: Any = {"password": PASSWORD}) -> Any:  # noqa: B006
    return api("DELETE", f"/users/{user.pk}/ban", body)


def is_banned(user: Any) -> bool:
    return not type(user).objects.get(pk=user.pk).is_active


def test_a_ban_holds_at_the_next_request(boss: Login, me: Login) -> None:
    response = ban(boss.api, me.user)
    me.user.refresh_from_db()
    kept = ban_of(me.user)
    assert kept is not None
    assert (kept.reason, kept.actor) == ("Sends spam", boss.user)
    assert (response.status_code, response.json()) == (
        200,
        boss.api("GET", f"/users/{me.user.pk}").json(),
    )
    assert response.json()["bannedAt"] == timestamp(kept.banned_at)
    answer = me.api("GET", "/users/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "BANNED_ERROR")
    event = AuditEvent.objects.get(kind="banned")
    assert (event.actor, event.subject, event.address) == (boss.user, me.user, HOME)
    assert event.detail == {"reason": "Sends spam"}

    response = lift(boss.api, me.user)
    assert (response.status_code, response.json()["bannedAt"]) == (200, None)
    assert me.api("GET", "/users/me").status_code == 200
    assert AuditEvent.objects.filter(kind="unbanned", actor=boss.user.pk).count() == 1


def test_a_second_ban_keeps_the_first(boss: Login, root: Any, ann: Any, log_in: LogIn) -> None:
    first = ban(boss.api, ann).json()
    second = ban(log_in(root).api, ann, SPAM | {"reason": "Another"})
    assert (second.status_code, second.json()) == (200, first)
    assert Ban.objects.get().reason == "Sends spam"
    assert AuditEvent.objects.filter(kind="banned").count() == 1


def test_lifting_no_ban_changes_nothing(boss: Login, ann: Any) -> None:
    assert lift(boss.api, ann).json()["bannedAt"] is None
    assert not AuditEvent.objects.filter(kind="unbanned").exists()


class TestTheReason:
    @pytest.mark.parametrize(
        "reason", [None, "", "  \n ", "\x00", "x\x00", "\ud800", "\x07\x1b", 7, True, ["x"], {}]
    )
    def test_it_must_be_one(self, boss: Login, ann: Any, reason: Any) -> None:
        for body in ({"reason": reason}, {}) if reason is None else ({"reason": reason},):
            response = ban(boss.api, ann, {**body, "password": PASSWORD})
            assert (response.status_code, response.json()["fields"]) == (400, ["reason"])
        assert not is_banned(ann)

    def test_it_must_not_be_too_long(self, boss: Login, ann: Any) -> None:
        assert ban(boss.api, ann, SPAM | {"reason": "x" * 501}).status_code == 400
        assert ban(boss.api, ann, SPAM | {"reason": " " + "x" * 500 + "\n"}).status_code == 200

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("Sends spam,\r\nand worse", "Sends spam, and worse"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("\x1b[31mred\x1b[0m", "[31mred [0m"),
            ("=HYPERLINK('x')", "=HYPERLINK('x')"),
            ("'; DROP TABLE x; --", "'; DROP TABLE x; --"),
            ("a\u202eb\u2028c", "a b c"),
            ("🦕 " * 100, ("🦕 " * 100).strip()),
        ],
    )
    def test_hostile_texts_are_kept_on_one_line(
        self, boss: Login, ann: Any, given: str, kept: str
    ) -> None:
        assert ban(boss.api, ann, SPAM | {"reason": given}).status_code == 200
        assert Ban.objects.get().reason == kept

    @pytest.mark.parametrize("kind", ["form", "json"])
    def test_it_may_come_by_a_form(self, boss: Login, ann: Any, kind: str) -> None:
        body = "reason=Sends+spam&password=correct+horse+battery+staple"
        response = boss.api(
            "PUT",
            f"/users/{ann.pk}/ban",
            body if kind == "form" else SPAM,
            content_type="application/x-www-form-urlencoded"
            if kind == "form"
            else "application/json",
        )
        assert response.status_code == 200

    def test_all_that_is_missing_is_named(self, boss: Login, ann: Any) -> None:
        assert ban(boss.api, ann, {}).json()["fields"] == ["reason", "password"]
        assert lift(boss.api, ann, {}).json()["fields"] == ["password"]


class TestReverification:
    def test_a_wrong_password_bans_nobody(self, boss: Login, ann: Any) -> None:
        response = ban(boss.api, ann, SPAM | {"password": "guess"})
        assert (response.status_code, response.json()["code"]) == (401, "INVALID_PASSWORD_ERROR")
        assert not is_banned(ann)

    def test_with_a_second_factor_the_answer_takes_its_place(
        self, boss: Login, ann: Any, enrol_app: Callable[..., App]
    ) -> None:
        app = enrol_app(boss.user)
        asked = ban(boss.api, ann).json()
        assert asked["code"] == "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR"
        answer = {"token": asked["token"], "type": "totp", "code": app.next_code()}
        # The challenge is for this endpoint alone.
        assert lift(boss.api, ann, {"2fa": answer}).status_code == 401
        assert not is_banned(ann)
        answer["code"] = app.next_code()
        assert ban(boss.api, ann, {"reason": "x", "2fa": answer}).status_code == 200
        assert ban(boss.api, ann, {"reason": "x", "2fa": answer}).status_code == 401

    def test_a_scoped_session_with_the_scope_is_exempt(
        self, staff: Any, ann: Any, log_in: LogIn
    ) -> None:
        api = log_in(staff, permission_flags=int(Scope.STAFF_MODIFY_ACCOUNTS)).api
        assert ban(api, ann, {"reason": "x"}).status_code == 200
        assert lift(api, ann, None).status_code == 200

    def test_no_other_scope_suffices(self, staff: Any, ann: Any, log_in: LogIn) -> None:
        others = ALL_SCOPES & ~(Scope.STAFF_MODIFY_ACCOUNTS | Scope.ALL)
        api = log_in(staff, permission_flags=int(others)).api
        assert (ban(api, ann).json(), lift(api, ann).json()) == (REFUSED, REFUSED)


class TestWhoMay:
    def test_those_who_only_look_may_not(self, helper: Any, ann: Any, log_in: LogIn) -> None:
        api = log_in(helper).api
        assert (ban(api, ann).json(), lift(api, ann).json()) == (REFUSED, REFUSED)

    def test_those_who_may_change_accounts_need_not_see_them(
        self, newcomer: Any, ann: Any, log_in: LogIn
    ) -> None:
        """The answer shows no more than what they have done it to."""
        api = log_in(allow(newcomer, "cumulonimbus.change_user")).api
        assert api("GET", f"/users/{ann.pk}").status_code == 403
        assert ban(api, ann).status_code == 200

    @pytest.mark.parametrize("flags", [None, int(Scope.ALL)])
    def test_only_superusers_ban_superusers(
        self, staff: Any, root: Any, make_user: Any, log_in: LogIn, flags: int | None
    ) -> None:
        api = log_in(staff, permission_flags=flags).api
        other = make_user("other", is_staff=True, is_superuser=True)
        assert ban(api, root).json() == REFUSED
        type(root).objects.filter(pk=other.pk).update(is_active=False)
        assert lift(api, other).json() == REFUSED
        assert (is_banned(root), is_banned(other)) == (False, True)
        by_root = log_in(root, permission_flags=flags).api
        assert lift(by_root, other).status_code == 200
        assert ban(by_root, other).status_code == 200

    def test_staff_ban_staff(self, boss: Login, helper: Any) -> None:
        assert ban(boss.api, helper).status_code == 200

    @pytest.mark.parametrize("who", ["staff", "root"])
    def test_nobody_bans_themselves(
        self, request: pytest.FixtureRequest, log_in: LogIn, who: str
    ) -> None:
        user = request.getfixturevalue(who)
        assert ban(log_in(user).api, user).json() == REFUSED
        assert not is_banned(user)

    def test_a_banned_member_of_staff_lifts_no_ban(self, boss: Login, root: Any) -> None:
        type(root).objects.filter(pk=boss.user.pk).update(is_active=False)
        response = lift(boss.api, boss.user)
        assert (response.status_code, response.json()["code"]) == (403, "BANNED_ERROR")

    def test_me_is_nobody(self, boss: Login, me: Login) -> None:
        response = boss.api("PUT", "/users/me/ban", SPAM)
        assert (response.status_code, response.json()["code"]) == (404, "INVALID_USER_ERROR")
        assert me.api("PUT", "/users/me/ban", SPAM).json() == REFUSED

    def test_an_unknown_user_is_told_after_the_password(self, boss: Login) -> None:
        for password, code in (
            ("guess", "INVALID_PASSWORD_ERROR"),
            (PASSWORD, "INVALID_USER_ERROR"),
        ):
            body = SPAM | {"password": password}
            assert boss.api("PUT", "/users/1/ban", body).json()["code"] == code

    def test_staff_pass_every_switch(self, boss: Login, ann: Any) -> None:
        with switched_on(*registry):
            assert ban(boss.api, ann).status_code == 200

    def test_a_helper_who_may_change_nothing_reads_the_reason_nowhere(
        self, helper: Any, boss: Login, ann: Any, log_in: LogIn
    ) -> None:
        ban(boss.api, ann)
        shown = log_in(allow(helper, *LOOKING)).api("GET", f"/users/{ann.pk}")
        assert "spam" not in shown.content.decode()
