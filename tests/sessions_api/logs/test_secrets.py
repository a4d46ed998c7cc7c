"""No secret of the product reaches a log, in whatever an error quotes it."""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.test import Client, override_settings

from cumulonimbus.configuration.local_secrets import signing_key
from sessions_api.logs.secrets import HIDDEN, redact, secrets_of
from sessions_api.notices.services.links import SALT
from tests.api import Login
from tests.failing_pages import login_page_fails_with
from tests.sessions_api.logs.captured import captured

logger = logging.getLogger("sessions_api.tests")

#: How an error or a careless line quotes a secret.
QUOTES: list[Callable[[str], object]] = [
    lambda secret: secret,
    lambda secret: {"x": secret},
    lambda secret: f"Could not use {secret!r}.",
    lambda secret: f"at https://example.com/x/{secret}/?next=1",
    lambda secret: f"Failing row contains (1, {secret}, null).",
    lambda secret: [secret, secret],
]

#: What is secret only by its name.
NAMED = "correct horse"
SENTENCES = [
    {"password": NAMED},
    {"username": "ann", "newPassword": NAMED, "code": "123456"},
    json.dumps({"password": NAMED, "x": 1}),
    f"connection failed: host=db password='{NAMED}' user=x",
    f"?password={NAMED.replace(' ', '+')}&x=1 correct+horse".split(" correct")[0],
    {"HTTP_AUTHORIZATION": f"Basic {NAMED}"},
    f"Authorization: Bearer {NAMED.replace(' ', '')}",
    f"authorization: {NAMED.replace(' ', '')}",
    f"Cookie: sessionid={NAMED.replace(' ', '')}; csrftoken=x",
    {"HTTP_COOKIE": f"__Host-session={NAMED}; a=b"},
    f"Set-Cookie: __Host-session={NAMED}; Secure",
    {"csrfmiddlewaretoken": NAMED},
    {"X-CSRFToken": NAMED},
    {"SIGNING_KEYS": (NAMED, NAMED)},
    f"ENCRYPTION_KEYS=['{NAMED}']",
    {"backup_codes": [NAMED, NAMED]},
    f"redis://:{NAMED.replace(' ', '/@')}@cache.internal:6379/0",
    f"postgres://someone:{NAMED.replace(' ', '%20')}@db/name",
    f"smtp+tls://me:{NAMED.replace(' ', '')}@mail.internal:587",
    f"otpauth://totp/X:ann?secret={NAMED.replace(' ', '')}&issuer=X",
    {"user": "ann", "pass": NAMED},
    {"user": "ann", "pass": [NAMED]},
    json.dumps(json.dumps({"password": f'"{NAMED}"', "x": 1})),
    json.dumps({"password": f'"{NAMED}"'}).encode(),
    [("password", NAMED), ("x", 1)],
    (b"password", NAMED.encode()),
    f"host=db password={NAMED.replace(' ', ',')} dbname=x",
    f"Pool(sentinel_password={NAMED.replace(' ', ')')},db=0)",
    f"ALTER ROLE x PASSWORD '{NAMED}'",
    {"code": ["123456"]},
    "token=x&type=totp&code=123456",
    json.dumps(json.dumps({"2fa": {"type": "totp", "code": "123456"}})),
]


def secrets_of_the_product(user: Any, token: str, folder: Path) -> dict[str, str]:
    """Return an example of each, by what it is."""
    notices = signing.Signer(sep=".", salt=SALT, algorithm="sha256")
    return {
        "session token": token,
        "link for a new password": default_token_generator.make_token(user),
        "link of a notice": notices.sign("0123456789abcdef" * 2),
        "signed value": signing.dumps({"user": 1}),
        "timestamped value": signing.TimestampSigner().sign("hello"),
        "hash": make_password("x"),
        "PBKDF2 hash": make_password("x", hasher="pbkdf2_sha256"),
        "bcrypt hash": "$2b$12$" + "a" * 53,
        "encryption key": Fernet.generate_key().decode(),
        "encrypted secret": Fernet(Fernet.generate_key()).encrypt(b"x").decode(),
        "signing key": Path(signing_key(folder)).read_text(),
        "SECRET_KEY": settings.SECRET_KEY,
    }


@pytest.mark.parametrize("form", ["line", "json"])
def test_no_secret_is_logged_however_it_is_quoted(me: Login, tmp_path: Path, form: str) -> None:
    for what, secret in secrets_of_the_product(me.user, me.token, tmp_path).items():
        for quoted in QUOTES:
            with captured(form) as text:
                logger.error("%s", quoted(secret))
                try:
                    raise ValueError(quoted(secret))
                except ValueError:
                    logger.exception("Could not answer a request.", stack_info=True)
            parts = [part for part in secret.strip().split("\n") if "PRIVATE KEY" not in part]
            assert not [part for part in parts if part in text.getvalue()], what
            assert HIDDEN in text.getvalue()


@pytest.mark.parametrize("said", SENTENCES, ids=str)
def test_what_is_secret_by_its_name(said: object) -> None:
    with captured() as text:
        try:
            raise RuntimeError(said)
        except RuntimeError as error:
            logger.warning("It failed: %s", error, exc_info=True)
    found = text.getvalue()
    assert "horse" not in found
    assert "correct" not in found
    assert "123456" not in found


def site(**changes: Any) -> SimpleNamespace:
    """Return settings with secrets."""
    given: dict[str, Any] = {
        "SECRET_KEY": "the long secret of this site",
        "SECRET_KEY_FALLBACKS": ["the former secret"],
        "SESSIONS_API": {
            "ENCRYPTION_KEYS": ("an encryption key",),
            "METRICS_TOKEN": "of the metrics",
        },
        "KILLSWITCHES": {"OFREP_TOKENS": ["of another service"]},
        "DATABASES": {
            "default": {"PASSWORD": "p@ss/word"},
            "other": {"OPTIONS": {"sslpassword": 'of "the" key'}},
        },
        "CACHES": {
            "default": {"LOCATION": ["redis://:of%2Fredis@host/0"]},
            "other": {"LOCATION": "redis://host/0", "OPTIONS": {"password": "of redis"}},
            "sentinel": {"LOCATION": ["redis+sentinel://a,b/m?sentinel_password=of%20them"]},
            "local": {},
        },
        "MAILERS": {"default": {"OPTIONS": {"password": "of the mail server"}}},
    }
    return SimpleNamespace(**given | changes)


def test_the_secrets_of_the_settings() -> None:
    assert set(secrets_of(site())) >= {
        *("the long secret of this site", "the former secret", "an encryption key"),
        *("of the metrics", "of another service"),
        *("p@ss/word", "p%40ss%2Fword", "of/redis", "of redis", "of the mail server"),
        *('of "the" key', 'of \\"the\\" key', "of them", "of+them"),
    }


@pytest.mark.parametrize("code", ["abcdefghjk", "ABCDEFGHJK", "0a1b2c3d4e", "abcde-fghj5"])
def test_backup_codes(code: str) -> None:
    for text in (f"{{'code': '{code}'}}", f"token=x&code={code}&remember=on"):
        assert code not in redact(text)


def test_they_are_hidden_anywhere() -> None:
    with override_settings(SECRET_KEY_FALLBACKS=["a former secret"]):
        assert redact("xa former secrety") == f"x{HIDDEN}y"
    assert redact("a former secret") == "a former secret"


def test_short_ones_could_be_any_word() -> None:
    assert "abc" not in secrets_of(site(DATABASES={"default": {"PASSWORD": "abc"}}))


def test_the_password_of_mail_in_older_versions_of_django() -> None:
    older = site(EMAIL_HOST_PASSWORD="of the old one")
    del older.MAILERS
    assert "of the old one" in secrets_of(older)


@pytest.mark.parametrize("name", ["CACHES", "DATABASES", "SESSIONS_API"])
def test_broken_settings_do_not_break_the_log(name: str) -> None:
    assert secrets_of(site(**{name: None})) == ()


@pytest.mark.parametrize(
    "plain",
    [
        "Not Found: /api/v5/users/me/sessions/1790000000",
        "GET /admin/ 200 1.5 ms user=7 session=1790000000 from 198.51.100.7",
        "Could not serve requests without the database: OperationalError: connection refused",
        "Forbidden (CSRF token missing.): /admin/login/",
        "https://example.com:8000/x?y=1",
        "10 tokens, 3 passwords",
        "{'code': 'permission'}",
        "exit code=1, then 2",
        "{'code': 'INVALID_SESSION_ERROR', 'status': 401}",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
    ],
)
def test_what_is_not_secret_stays(plain: str) -> None:
    assert redact(plain) == plain


@pytest.mark.parametrize(
    "part", ["a", "a-", "token", "http://a:", "eyJ-", "'code':", "cookie", "a:", "token:", "-" * 5]
)
def test_the_time_is_linear_in_the_length(part: str) -> None:
    def seconds(length: int) -> float:
        text = part * (length // len(part))
        begun = time.thread_time()
        redact(text)
        return time.thread_time() - begun

    assert seconds(80_000) < 20 * max(min(seconds(10_000) for _ in range(3)), 0.001)


def test_a_page_that_fails(client: Client, me: Login) -> None:
    """The whole way: an error in a view, with a token in it."""
    client.raise_request_exception = False
    error = RuntimeError(f"Could not send {me.token} to redis://:hunter22@cache/0")
    with login_page_fails_with(error), captured() as text:
        response = client.get("/admin/login/", headers={"x-request-id": "failed-1"})
    assert response.status_code == 500
    assert "django.request [failed-1]: Internal Server Error: /admin/login/" in text.getvalue()
    assert "RuntimeError: Could not send [hidden] to redis://:[hidden]@cache/0" in text.getvalue()
    assert me.token not in text.getvalue()
