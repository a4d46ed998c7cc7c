"""Logins through authentication backends: what goes over the wire stays the same."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.core.handlers.wsgi import WSGIRequest

from killswitches.registry import ACCOUNT_CREATE
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from sessions_api.passwords.marks import UNUSABLE
from tests.adapters import CREATING
from tests.backends import (
    Broken,
    ByHeader,
    Colliding,
    Confused,
    Denying,
    Directory,
    Lockout,
    Longhand,
    Odd,
    Picky,
    Unsaved,
)
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.spellings import DIALECTS, V3, V4, V5, Dialect
from tests.together import together

pytestmark = pytest.mark.django_db

Ask = Callable[..., None]

#: The password that only the directory knows.
ELSEWHERE = "another horse"


@pytest.fixture
def member(ann: Any, ask_backends: Ask) -> Any:
    """Ann, whose password Django does not know."""
    ann.set_unusable_password()
    ann.save()
    Directory.passwords["ann"] = ELSEWHERE
    return ann


def outcome(dialect: Dialect, name: str = "ann", password: str = PASSWORD) -> tuple[int, Any]:
    """Return status and code of a login."""
    answer = dialect.log_in(dialect.api(), name, password)
    return answer.status_code, answer.json().get("code")


WRONG = (401, "INVALID_PASSWORD_ERROR")
UNKNOWN = (404, "INVALID_USER_ERROR")
FAILED = (500, "INTERNAL_SERVER_ERROR")
LOGGED_IN = (201, None)


class TestModelBackend:
    """Django's own, alone. Its queries are counted in the table of queries."""

    @pytest.mark.parametrize(
        ("name", "password", "work"),
        [("ann", PASSWORD, ["verified"]), ("ann", "guess", ["verified"]), ("nobody", "x", [])],
    )
    def test_costs_one_hash(
        self,
        login_dialect: Dialect,
        ann: Any,
        hashes: list[str],
        name: str,
        password: str,
        work: list[str],
    ) -> None:
        login_dialect.log_in(login_dialect.api(), name, password)
        assert hashes == work

    def test_a_subclass_may_refuse_accounts(
        self, login_dialect: Dialect, ann: Any, bob: Any, carol: Any, ask_backends: Ask
    ) -> None:
        ask_backends(Picky)
        assert outcome(login_dialect) == LOGGED_IN
        assert outcome(login_dialect, "bob") == WRONG
        # Bans are still told from wrong passwords.
        assert outcome(login_dialect, "carol") == (403, "BANNED_ERROR")
        assert outcome(login_dialect, "carol", "guess") == WRONG

    def test_a_subclass_with_its_own_authenticate_is_called(
        self, login_dialect: Dialect, ann: Any, ask_backends: Ask, hashes: list[str]
    ) -> None:
        ask_backends(Longhand)
        assert outcome(login_dialect) == LOGGED_IN
        assert hashes == ["verified"]
        assert outcome(login_dialect, password="guess") == WRONG

    def test_it_is_not_asked_if_it_is_not_listed(
        self, login_dialect: Dialect, ann: Any, ask_backends: Ask, hashes: list[str]
    ) -> None:
        ask_backends(ByHeader)
        assert outcome(login_dialect) == WRONG
        assert hashes == []


class TestDirectory:
    def test_an_account_whose_password_django_does_not_know(
        self, login_dialect: Dialect, member: Any, ask_backends: Ask
    ) -> None:
        ask_backends(Directory, ModelBackend)
        assert outcome(login_dialect, password="guess") == WRONG
        begun = login_dialect.log_in(login_dialect.api(), "ANN", ELSEWHERE)
        assert begun.status_code == 201
        session = UserSession.objects.get()
        assert (session.user, session.password_mark) == (member, UNUSABLE)
        assert Directory.asked == ["ann", "ann"]
        assert {type(request) for request in Directory.requests} == {WSGIRequest}
        for dialect in DIALECTS:
            api = dialect.api()
            api.token = begun.json()["token"]
            listed = api("GET", dialect.sessions)
            assert listed.status_code == 200
            assert dialect.sids(listed.json()) == [session.sid]

    def test_django_is_asked_next(
        self, login_dialect: Dialect, ann: Any, ask_backends: Ask, hashes: list[str]
    ) -> None:
        Directory.passwords["ann"] = ELSEWHERE
        ask_backends(Directory, ModelBackend)
        for password, work in ((ELSEWHERE, []), (PASSWORD, ["verified"])):
            hashes.clear()
            assert outcome(login_dialect, password=password) == LOGGED_IN
            assert hashes == work

    def test_a_banned_member(self, login_dialect: Dialect, carol: Any, ask_backends: Ask) -> None:
        Directory.passwords["carol"] = ELSEWHERE
        ask_backends(Directory)
        assert outcome(login_dialect, "carol", ELSEWHERE) == (403, "BANNED_ERROR")
        assert outcome(login_dialect, "carol", "guess") == WRONG

    def test_unknown_names_are_not_asked_for(
        self, login_dialect: Dialect, ask_backends: Ask, hashes: list[str]
    ) -> None:
        Directory.passwords["nina"] = ELSEWHERE
        ask_backends(Directory, ModelBackend)
        assert outcome(login_dialect, "nina", ELSEWHERE) == UNKNOWN
        assert (Directory.asked, hashes) == ([], [])

    def test_accounts_are_created_where_that_is_set(
        self,
        login_dialect: Dialect,
        ask_backends: Ask,
        hashes: list[str],
        django_user_model: Any,
    ) -> None:
        Directory.passwords["nina"] = ELSEWHERE
        ask_backends(Directory, ModelBackend, ADAPTER=CREATING)
        assert outcome(login_dialect, "nina", "guess") == UNKNOWN
        assert hashes == []
        assert outcome(login_dialect, "nina", ELSEWHERE) == LOGGED_IN
        nina = django_user_model.objects.get(username="nina")
        assert UserSession.objects.get().user == nina
        assert outcome(login_dialect, "nina", "guess") == WRONG
        failures = AuditEvent.objects.filter(kind="login_failed").values_list("subject_id")
        assert sorted(failures, key=str) == [(nina.pk,), (None,)]

    @pytest.mark.parametrize("hides", [False, True])
    def test_a_kill_switch_forbids_that(
        self,
        login_dialect: Dialect,
        hides: bool,
        ann: Any,
        ask_backends: Ask,
        hashes: list[str],
        django_user_model: Any,
    ) -> None:
        Directory.passwords |= {"ann": ELSEWHERE, "nina": ELSEWHERE}
        ask_backends(Directory, ADAPTER=CREATING, HIDE_UNKNOWN_USERS=hides)
        with switched_on(ACCOUNT_CREATE):
            expected = WRONG if hides else UNKNOWN
            assert outcome(login_dialect, "nina", ELSEWHERE) == expected
            assert (Directory.asked, hashes) == ([], ["made"] * hides)
            assert outcome(login_dialect, "ann", ELSEWHERE) == LOGGED_IN
        assert not django_user_model.objects.filter(username="nina").exists()

    @pytest.mark.ratelimited
    def test_unknown_names_count_then(self, ask_backends: Ask, limits_clock: Clock) -> None:
        ask_backends(Directory)
        assert [outcome(V5, "nina") for _ in range(5)] == [UNKNOWN] * 5
        ask_backends(Directory, ADAPTER=CREATING)
        statuses = [outcome(V5, "nina")[0] for _ in range(5)]
        assert statuses == [404] * 4 + [429]
        assert len(Directory.asked) == 4


class TestHiddenUsers:
    """Nothing tells whether a name exists, neither the answer nor what is done."""

    @pytest.mark.parametrize("creates", [False, True])
    @pytest.mark.parametrize("password", ["guess", "p" * 3_000])
    def test_the_work_is_the_same(
        self,
        login_dialect: Dialect,
        ann: Any,
        ask_backends: Ask,
        hashes: list[str],
        creates: bool,
        password: str,
    ) -> None:
        ask_backends(
            Directory,
            ModelBackend,
            HIDE_UNKNOWN_USERS=True,
            ADAPTER=CREATING if creates else "sessions_api.adapter.Adapter",
        )
        for name, work in (("Ann", "verified"), ("NoBody", "made")):
            hashes.clear()
            Directory.asked.clear()
            assert outcome(login_dialect, name, password) == WRONG
            assert (Directory.asked, hashes) == ([name.lower()], [work])

    def test_a_name_without_account_opens_nothing(
        self, login_dialect: Dialect, ask_backends: Ask
    ) -> None:
        Directory.passwords["nina"] = ELSEWHERE
        ask_backends(Directory, HIDE_UNKNOWN_USERS=True)
        assert outcome(login_dialect, "nina", ELSEWHERE) == WRONG
        assert not UserSession.objects.exists()


class TestDifficultBackends:
    def test_a_denial_is_final(
        self, login_dialect: Dialect, ann: Any, ask_backends: Ask, hashes: list[str]
    ) -> None:
        ask_backends(Denying, Directory, ModelBackend)
        assert outcome(login_dialect) == WRONG
        assert (Directory.asked, hashes) == ([], [])

    @pytest.mark.parametrize("backend", [Broken, Colliding, Odd, Unsaved])
    def test_a_failure_is_a_500_that_reveals_nothing(
        self,
        login_dialect: Dialect,
        backend: type,
        ann: Any,
        ask_backends: Ask,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        Directory.passwords["nina"] = "hunter2"
        ask_backends(backend, ModelBackend, ADAPTER=CREATING)
        answer = login_dialect.log_in(login_dialect.api(), "nina", "hunter2")
        assert answer.status_code == 500
        assert answer.json() == login_dialect.error("INTERNAL_SERVER_ERROR")
        [logged] = [one for one in caplog.records if one.name == "sessions_api"]
        assert "Could not check a password" in logged.getMessage()
        assert "Traceback" not in caplog.text
        assert f"/{'credentials' if backend is Unsaved else 'backends'}.py" in logged.getMessage()
        assert "hunter2" not in caplog.text
        assert not AuditEvent.objects.exists()
        assert not UserSession.objects.exists()

    @pytest.mark.ratelimited
    def test_a_failure_counts(self, ann: Any, ask_backends: Ask, limits_clock: Clock) -> None:
        """Otherwise whoever can make a backend fail could guess without a limit."""
        ask_backends(Broken, ModelBackend)
        answers = [V5.log_in(V5.api()) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [500] * 4 + [429]
        assert [answer.get("RateLimit-Remaining") for answer in answers[:4]] == list("3210")

    def test_another_account_is_refused(
        self, login_dialect: Dialect, ann: Any, bob: Any, ask_backends: Ask
    ) -> None:
        ask_backends(Confused)
        assert outcome(login_dialect) == WRONG
        assert not UserSession.objects.exists()


class TestLockout:
    """As django-axes does it, by username."""

    @pytest.fixture(autouse=True)
    def _lockout(self, ann: Any, ask_backends: Ask) -> Iterator[None]:
        ask_backends(Lockout, ModelBackend)
        with Lockout.listening():
            yield

    def test_failures_in_all_spellings_and_dialects_count_together(self, ann: Any) -> None:
        for dialect, name in ((V3, "Ann"), (V3, "ann@example.com"), (V4, "ANN")):
            assert outcome(dialect, name, "guess") == WRONG
        for dialect, name in ((V5, "ann"), (V3, "ANN@example.com"), (V5, "aNN")):
            assert outcome(dialect, name) == WRONG

    def test_a_login_resets_them(
        self, ann: Any, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        for _ in range(2):
            for _ in range(2):
                assert outcome(V5, "ann", "guess") == WRONG
            with django_capture_on_commit_callbacks(execute=True):
                assert outcome(V5) == LOGGED_IN

    @pytest.mark.parametrize("name", ["ann", "nobody"])
    def test_it_does_not_reveal_which_names_exist(
        self, name: str, ask_backends: Ask, hashes: list[str]
    ) -> None:
        """A lockout of one spelling holds for all of them, whether there is an account or not."""
        ask_backends(Lockout, ModelBackend, HIDE_UNKNOWN_USERS=True)
        for _ in range(3):
            outcome(V5, name, "guess")
        hashes.clear()
        assert outcome(V5, name.upper()) == WRONG
        assert hashes == []


class TestChangesMeanwhile:
    """While a backend checks a password."""

    @pytest.fixture(autouse=True)
    def _directory(self, member: Any, ask_backends: Ask) -> None:
        ask_backends(Directory, ModelBackend)

    def test_a_ban(self, login_dialect: Dialect, member: Any, django_user_model: Any) -> None:
        def ban() -> None:
            django_user_model.objects.filter(pk=member.pk).update(is_active=False)

        Directory.meanwhile.append(ban)
        assert outcome(login_dialect, password=ELSEWHERE) == (403, "BANNED_ERROR")
        assert not UserSession.objects.exists()

    def test_a_deletion(self, login_dialect: Dialect, member: Any, before_the_lock: Any) -> None:
        before_the_lock(member.delete)
        assert outcome(login_dialect, password=ELSEWHERE) == UNKNOWN
        assert not UserSession.objects.exists()

    @pytest.mark.parametrize("still_known", [True, False])
    def test_a_password_in_django(
        self, login_dialect: Dialect, member: Any, still_known: bool, before_the_lock: Any
    ) -> None:
        """The session begins with the password that was checked, or does not begin."""

        def change() -> None:
            if not UserSession.objects.exists() and not member.has_usable_password():
                member.set_password("a new one")
                member.save()
                if not still_known:
                    del Directory.passwords["ann"]

        before_the_lock(change)
        expected = LOGGED_IN if still_known else WRONG
        assert outcome(login_dialect, password=ELSEWHERE) == expected
        assert Directory.asked == ["ann", "ann"]
        assert UserSession.objects.active().exists() == still_known

    def test_a_password_in_django_ends_the_session_later(
        self, login_dialect: Dialect, member: Any
    ) -> None:
        api = V5.api()
        api.token = login_dialect.log_in(V5.api(), "ann", ELSEWHERE).json()["token"]
        assert api("GET", V5.sessions).status_code == 200
        member.set_password("a new one")
        member.save()
        assert api("GET", V5.sessions).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_nothing_is_held_while_a_backend_is_slow(member: Any, ask_backends: Ask) -> None:
    """No transaction, and no slot in the hashing queue: another login goes on."""
    others: list[tuple[int, Any]] = []

    def log_in_elsewhere() -> None:
        others.extend(together(lambda: outcome(V5, "bob")))

    type(member).objects.create_user("bob", password=PASSWORD)
    ask_backends(Directory, ModelBackend, HASHING_QUEUE_LENGTH=0)
    Directory.meanwhile.append(log_in_elsewhere)
    assert outcome(V5, password=ELSEWHERE) == LOGGED_IN
    assert others == [LOGGED_IN]
