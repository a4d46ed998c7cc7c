"""Hashes from other services, and hashes that cannot be checked."""

import base64
import logging
from collections.abc import Callable
from typing import Any
from unittest import mock

import argon2
import pytest
from django.contrib.auth.hashers import (
    BasePasswordHasher,
    check_password,
    get_hasher,
    make_password,
)
from django.test import Client as HttpClient

from cumulonimbus.models import User
from sessions_api.models import UserSession
from sessions_api.passwords import checking, hashers
from sessions_api.passwords.checking import UNKNOWN, problem_of
from sessions_api.passwords.hashers import GARBLED, TOO_COSTLY, BCryptPasswordHasher, QueuedHasher
from tests.api import OWN_SESSIONS, Api, Login, is_dead
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

SALT = "$2b$04$abcdefghijklmnopqrstuu"
# Created by Node's bcrypt 6.0.0 with the salt above.
BY_NODE = {
    "abc": "Ci15uRb1eH7NAlJ/TgeJertyknQpYn2",
    "": "byCG3zY1GIXMyxfivm.ClDiInHzxjiq",
    "x" * 72 + "tail1234": "bzadhGtS2zEF.gu0yd0opP6cVzb.e0i",
    # Truncation splits a character.
    "a" + "é" * 50: "B6OyPRV.a4jQqxN4taK8jbgMieZdxYe",
    "ab" + "😀" * 20: "tGgW0mbHPpaEOMlM1cXrMDLvdlNcTWu",
    "abc\0def": "U8Rgm0REdvZ0WHY/1al21xqZXmq41/C",
    "\0": "byCG3zY1GIXMyxfivm.ClDiInHzxjiq",
}

DIGEST = base64.b64encode(b"x" * 32).decode()
ARGON2 = "argon2$argon2id$v=19$m={m},t={t},p={p}$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2g"
SCRYPT_DIGEST = base64.b64encode(b"x" * 64).decode()
BCRYPTED = f"{'a' * 21}u{'a' * 31}"
WHOLE = ARGON2.format(m=8, t=1, p=1)
COSTLY = [
    ARGON2.format(m=64 * 1024 * 1024, t=1, p=1),
    ARGON2.format(m=102400, t=2**31, p=8),
    ARGON2.format(m=102400, t=2, p=1000),
    f"pbkdf2_sha256${2**31}$salt${DIGEST}",
    f"scrypt${2**30}$salt$8$5${SCRYPT_DIGEST}",
    # Little work, but more memory than OpenSSL allows.
    f"scrypt$2$salt$1$2000000${SCRYPT_DIGEST}",
    f"scrypt$32768$salt$8$1${SCRYPT_DIGEST}",
    f"bcrypt$$2b$31${BCRYPTED}",
    f"bcrypt_sha256$$2b$17${BCRYPTED}",
]
GARBLED_ONES = [
    "argon2$",
    "argon2$argon2id",
    "argon2$argon2id$v=19$m=8,t=1,p=1$not base64$?",
    "argon2$argon2id$v=19$m=x,t=1,p=1$c2FsdA$aGFzaA",
    ARGON2.format(m=0, t=1, p=1),
    ARGON2.format(m=7, t=1, p=1),
    ARGON2.format(m=15, t=1, p=2),
    ARGON2.format(m=8, t=0, p=1),
    ARGON2.format(m=8, t=-1, p=1),
    ARGON2.format(m=8, t=1, p=0),
    ARGON2.format(m="08", t=1, p=1),
    ARGON2.format(m="+8", t=1, p=1),
    ARGON2.format(m="\u0668", t=1, p=1),
    WHOLE.replace("v=19", "v=18"),
    WHOLE.replace("argon2id", "argon2x"),
    WHOLE.replace("m=8,t=1", "t=1,m=8"),
    WHOLE.replace("c2FsdHNhbHQ", "c2FsdA"),
    WHOLE.replace("c2FsdHNhbHQ", ""),
    WHOLE.replace("c2FsdHNhbHQ", "c2FsdHNhbHR"),
    WHOLE[:-1],
    WHOLE[:-2],
    WHOLE.rpartition("$")[0] + "$",
    WHOLE.rpartition("$")[0] + "$aGFzaA",
    WHOLE + "=",
    WHOLE + "\n",
    "pbkdf2_sha256$1000",
    f"pbkdf2_sha256$x$salt${DIGEST}",
    f"pbkdf2_sha256$-1$salt${DIGEST}",
    f"pbkdf2_sha256$0$salt${DIGEST}",
    f"pbkdf2_sha256$01000$salt${DIGEST}",
    f"pbkdf2_sha256$1_000$salt${DIGEST}",
    f"pbkdf2_sha256$1000$salt${DIGEST[:-2]}V=",
    f"pbkdf2_sha256$1000$salt${DIGEST}\n",
    f"pbkdf2_sha1$0$salt${base64.b64encode(b'x' * 20).decode()}",
    f"pbkdf2_sha256$1000$${DIGEST}",
    "pbkdf2_sha256$1000$salt$not base64!",
    "pbkdf2_sha256$1000$salt$dHJ1bmNhdGVk",
    f"pbkdf2_sha1$1000$salt${DIGEST}",
    f"scrypt$1000$salt$8$5${SCRYPT_DIGEST}",
    f"scrypt$16384$salt$0$5${SCRYPT_DIGEST}",
    f"scrypt$16384$salt$8$0${SCRYPT_DIGEST}",
    f"scrypt$16384$salt$8$-5${SCRYPT_DIGEST}",
    f"scrypt$1$salt$8$5${SCRYPT_DIGEST}",
    f"scrypt$0$salt$8$5${SCRYPT_DIGEST}",
    f"scrypt$16384$$8$5${SCRYPT_DIGEST}",
    f"scrypt$16384$salt$8$5${SCRYPT_DIGEST[:-4]}",
    f"scrypt$65536$salt$1$1${SCRYPT_DIGEST}",
    "scrypt$16384$salt",
    f"bcrypt$$2b$04${BCRYPTED[:-1]}",
    f"bcrypt$$2b$04${BCRYPTED}a",
    # The last character of a salt encodes two bits, and that of a digest four.
    f"bcrypt$$2b$04${'a' * 53}",
    f"bcrypt$$2b$04${BCRYPTED[:-1]}b",
    f"bcrypt$$2b$03${BCRYPTED}",
    f"bcrypt$$2b$00${BCRYPTED}",
    f"bcrypt$$2b$-1${BCRYPTED}",
    f"bcrypt$$2b$32${BCRYPTED}",
    f"bcrypt$$2b$04${BCRYPTED}\n",
    f"bcrypt$$2b$99${BCRYPTED}",
    f"bcrypt$$2x$04${BCRYPTED}",
    f"bcrypt$$2b$04${'ä' * 53}",
    f"bcrypt_sha256$$2b$xx${BCRYPTED}",
    "bcrypt",
    "bcrypt_sha256$",
]
UNKNOWN_ONES = ["", "$2b$04$raw", "sha512$salt$hash", "x" * 128, "md5$a$b"]
BAD = [*COSTLY, *GARBLED_ONES, *UNKNOWN_ONES]
#: Valid hashes of each algorithm, at the limits.
GOOD = [
    WHOLE,
    WHOLE.replace("v=19$", ""),
    WHOLE.replace("v=19", "v=16"),
    WHOLE.replace("argon2id", "argon2d"),
    f"pbkdf2_sha256$1$s${DIGEST}",
    f"pbkdf2_sha1$1$s${base64.b64encode(b'x' * 20).decode()}",
    f"scrypt$2$s$1$1${SCRYPT_DIGEST}",
    f"scrypt$32768$s$1$1${SCRYPT_DIGEST}",
    f"scrypt$2$s$1$250000${SCRYPT_DIGEST}",
    f"bcrypt$$2b$04${BCRYPTED}",
    f"bcrypt_sha256$$2b$04${BCRYPTED}",
]


@pytest.fixture(autouse=True)
def _unreported() -> None:
    checking._report.cache_clear()


def give(user: Any, encoded: str) -> None:
    User.objects.filter(pk=user.pk).update(password=encoded)
    user.refresh_from_db()


def hashed(password: str, encoded: str) -> int:
    """Return how often the default hasher hashes until a password is reported as wrong."""
    default: Any = type(get_hasher("default"))
    with mock.patch.object(default, "hash", autospec=True, side_effect=default.hash) as work:
        assert not check_password(password, encoded)
    return int(work.call_count)


def log_in_as(username: str, password: str) -> tuple[int, str | None]:
    response = Api()("POST", "/login", {"username": username, "password": password})
    return response.status_code, response.json().get("code")


class TestBCrypt:
    @pytest.mark.parametrize("password", BY_NODE)
    def test_hashes_of_nodes_bcrypt(self, ann: Any, password: str) -> None:
        give(ann, f"bcrypt${SALT}{BY_NODE[password]}")
        assert not ann.check_password("a guess")
        assert ann.check_password(password)

    @pytest.mark.parametrize("version", ["2a", "2b", "2y"])
    def test_every_version_of_bcrypt_is_checked(self, ann: Any, version: str) -> None:
        give(ann, f"bcrypt${SALT}{BY_NODE['abc']}".replace("2b", version, 1))
        assert ann.check_password("abc")

    @pytest.mark.parametrize("algorithm", ["bcrypt", "bcrypt_sha256"])
    def test_a_login_upgrades_the_hash_and_ends_no_session(
        self, ann: Any, log_in: Callable[..., Login], algorithm: str
    ) -> None:
        hasher: Any = get_hasher(algorithm)
        with mock.patch.object(hasher, "rounds", 4):
            give(ann, make_password(PASSWORD, hasher=algorithm))
        assert ann.password.startswith(f"{algorithm}$$2b$04$")
        login = log_in(ann)
        assert log_in_as("ann", "a guess") == (401, "INVALID_PASSWORD_ERROR")
        assert log_in_as("ann", PASSWORD)[0] == 201
        ann.refresh_from_db()
        assert ann.password.startswith("argon2$")
        assert not is_dead(login)

    def test_an_ignored_end_of_a_password_does_not_become_part_of_it(self, ann: Any) -> None:
        long = "x" * 72 + "tail1234"
        give(ann, f"bcrypt${SALT}{BY_NODE[long]}")
        before = ann.password
        for typed in (long[:-1], long):
            assert ann.check_password(typed)
            ann.refresh_from_db()
            assert ann.password == before
        assert not UserSession.objects.exists()

    def test_its_hashes_are_queued(self) -> None:
        with mock.patch(
            "sessions_api.passwords.hashers.run_queued", side_effect=lambda work: work()
        ) as run:
            check_password("abc", f"bcrypt${SALT}{BY_NODE['abc']}")
        assert run.called

    def test_all_hashers_are_queued(self) -> None:
        ours = [one for one in vars(hashers).values() if getattr(one, "algorithm", None)]
        assert len(ours) == 6
        assert all(issubclass(one, QueuedHasher) for one in ours)


class ReversingHasher(BasePasswordHasher):
    """A hasher of another package, with Django's default for ``must_update()``."""

    algorithm = "reversing"

    def encode(self, password: str, salt: str = "") -> str:
        return f"{self.algorithm}${password[::-1]}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, text = encoded.split("$")
        if not text:
            raise ValueError(encoded)
        return {"algorithm": algorithm, "hash": text}

    def verify(self, password: str, encoded: str) -> bool:
        return self.encode(password) == encoded


class TestUncheckableHashes:
    @pytest.mark.parametrize("encoded", BAD)
    def test_a_login_is_refused(self, ann: Any, encoded: str) -> None:
        give(ann, encoded)
        assert log_in_as("ann", PASSWORD) == (401, "INVALID_PASSWORD_ERROR")

    @pytest.mark.parametrize("encoded", BAD)
    def test_a_reverification_is_refused(self, me: Login, encoded: str) -> None:
        give(me.user, encoded)
        UserSession.objects.update(password_mark="")
        body = {"name": "Script", "permissionFlags": 1, "longLived": False, "password": PASSWORD}
        response = me.api("POST", OWN_SESSIONS, body)
        assert (response.status_code, response.json()["code"]) == (401, "INVALID_PASSWORD_ERROR")

    @pytest.mark.parametrize("encoded", [COSTLY[0], *GARBLED_ONES, *UNKNOWN_ONES])
    def test_pages_of_the_admin_work(
        self, staff: Any, encoded: str, admin_client: HttpClient
    ) -> None:
        give(staff, encoded)
        form = {"username": "sam", "password": PASSWORD, "next": "/admin/"}
        assert HttpClient().post("/admin/login/", form).status_code == 200
        assert admin_client.get(f"/admin/cumulonimbus/user/{staff.pk}/change/").status_code == 200

    def test_the_owner_cannot_change_the_password(self, admin_user: Any) -> None:
        client = HttpClient()
        give(admin_user, GARBLED_ONES[0])
        client.force_login(admin_user)
        form = {"old_password": "x", "new_password1": PASSWORD, "new_password2": PASSWORD}
        assert client.post("/admin/password_change/", form).status_code == 200
        assert not User.objects.get(pk=admin_user.pk).check_password(PASSWORD)

    @pytest.mark.parametrize("encoded", [*COSTLY, *GARBLED_ONES, *UNKNOWN_ONES])
    def test_checking_costs_as_much_as_for_a_valid_hash(self, encoded: str) -> None:
        assert hashed(PASSWORD, encoded) == 1

    @pytest.mark.parametrize("algorithm", ["argon2", "pbkdf2_sha256", "scrypt", "bcrypt_sha256"])
    def test_checking_costs_as_much_if_the_library_refuses_the_hash(self, algorithm: str) -> None:
        encoded = make_password(PASSWORD, hasher=algorithm)
        broken: Any = mock.Mock(side_effect=ValueError)
        base = type(get_hasher(algorithm)).__mro__[-3]
        with mock.patch.object(base, "verify", broken):
            assert hashed(PASSWORD, encoded) == 1
        assert broken.called

    @pytest.mark.parametrize("encoded", GOOD)
    def test_hashes_at_the_limits_are_passed_to_the_library(self, encoded: str) -> None:
        assert problem_of(encoded) is None
        if encoded.startswith("argon2$"):
            with pytest.raises(argon2.exceptions.VerifyMismatchError):
                argon2.PasswordHasher().verify(encoded.removeprefix("argon2"), PASSWORD)
        with mock.patch("sessions_api.passwords.hashers.equalize_timing") as in_vain:
            assert not check_password(PASSWORD, encoded)
        assert not in_vain.called

    @pytest.mark.parametrize("encoded", COSTLY)
    def test_too_costly_hashes_are_reported(self, encoded: str) -> None:
        assert problem_of(encoded) == TOO_COSTLY

    @pytest.mark.parametrize("encoded", GARBLED_ONES)
    def test_garbled_hashes_are_reported(self, encoded: str) -> None:
        assert problem_of(encoded) == GARBLED

    @pytest.mark.parametrize("encoded", UNKNOWN_ONES)
    def test_unknown_algorithms_are_reported(self, encoded: str) -> None:
        assert problem_of(encoded) == UNKNOWN

    @pytest.mark.parametrize("algorithm", ["argon2", "pbkdf2_sha256", "pbkdf2_sha1", "scrypt"])
    def test_valid_hashes_are_not_reported(self, algorithm: str) -> None:
        assert problem_of(make_password(PASSWORD, hasher=algorithm)) is None

    def test_unusable_passwords_are_not_reported(self) -> None:
        assert problem_of(make_password(None)) is None

    def test_a_password_that_cannot_be_encoded_costs_one_hash(self, ann: Any) -> None:
        assert hashed("\ud800", ann.password) == 1

    @pytest.mark.parametrize("encoded", [COSTLY[0], *GARBLED_ONES])
    def test_the_account_is_logged_once(
        self, ann: Any, encoded: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        give(ann, encoded)
        with caplog.at_level(logging.WARNING, "sessions_api"):
            for _ in range(3):
                log_in_as("ann", "typed")
            form = {"username": "ann", "password": "typed"}
            HttpClient().post("/admin/login/", form)
        [record] = [one for one in caplog.records if one.name == "sessions_api"]
        assert f"account {ann.pk}:" in record.getMessage()
        assert "base64" not in caplog.text
        assert "typed" not in caplog.text

    @pytest.mark.parametrize("encoded", ["md5$", "pbkdf2_sha256$x$y$z", "argon2$argon2id"])
    def test_a_third_party_hasher_is_used_and_the_account_logged(
        self, ann: Any, encoded: str, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.Argon2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
            "django.contrib.auth.hashers.MD5PasswordHasher",
        ]
        give(ann, encoded)
        with mock.patch("django.contrib.auth.hashers.Argon2PasswordHasher.encode") as work:
            assert log_in_as("ann", PASSWORD) == (401, "INVALID_PASSWORD_ERROR")
        assert work.called
        assert f"account {ann.pk}:" in caplog.text

    def test_a_third_party_hasher_need_not_parse_a_hash_to_find_out_whether_it_is_due(
        self, ann: Any, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.PASSWORD_HASHERS = [f"{__name__}.ReversingHasher", *settings.PASSWORD_HASHERS]
        give(ann, "reversing$")
        assert log_in_as("ann", PASSWORD) == (401, "INVALID_PASSWORD_ERROR")
        assert f"account {ann.pk}: {GARBLED}" in caplog.text

    def test_other_failures_are_not_reported_as_wrong_passwords(self, ann: Any) -> None:
        with (
            mock.patch.object(User, "check_password", side_effect=RuntimeError),
            pytest.raises(RuntimeError),
        ):
            checking.check_password(ann, PASSWORD)


def test_harden_runtime_is_bounded() -> None:
    """For example, for a hash with a negative number of rounds."""
    hasher: Any = BCryptPasswordHasher()
    with mock.patch.object(BCryptPasswordHasher, "encode") as encode:
        hasher.harden_runtime("x", f"bcrypt$$2b$-1000000${BCRYPTED}")
        hasher.harden_runtime("x", f"bcrypt$$2b$31${BCRYPTED}")
    assert not encode.called
