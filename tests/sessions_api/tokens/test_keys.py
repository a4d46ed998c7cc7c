"""The key ring: rotation, key ids and unusable keys."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from sessions_api.tokens.keys import key_ring, thumbprint
from tests.api import is_dead
from tests.sessions_api.tokens.signing import pem, public_pem, ring

pytestmark = pytest.mark.django_db


def test_keys_rotate_without_logging_anybody_out(ann: Any, log_in: Any) -> None:
    old, new = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    with ring(pem(old)):
        before = log_in(ann)
    with ring(pem(new), public_pem(old.public_key())):
        after = log_in(ann)
        assert not is_dead(before)
        assert jwt.get_unverified_header(after.token)["kid"] == thumbprint(new.public_key())
    with ring(pem(new)):
        assert is_dead(before)
        assert not is_dead(after)


def test_the_thumbprint_matches_rfc_7638() -> None:
    # The key of RFC 7517's appendix A.1; the members and their order are those of RFC 7638, 3.2.
    numbers = ec.EllipticCurvePublicNumbers(
        x=int.from_bytes(base64.urlsafe_b64decode("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4=")),
        y=int.from_bytes(base64.urlsafe_b64decode("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM=")),
        curve=ec.SECP256R1(),
    )
    canonical = (
        '{"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",'
        '"y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}'
    )
    expected = base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest())
    assert thumbprint(numbers.public_key()) == expected.rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["/no/such/file.pem"], "No such file"),
        (["-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----"], "not a PEM key"),
        ([public_pem(ec.generate_private_key(ec.SECP256R1()).public_key())], "private key"),
        ([pem(ec.generate_private_key(ec.SECP384R1()))], "P-256"),
    ],
)
def test_unusable_keys(keys: list[str], text: str) -> None:
    with ring(*keys), pytest.raises(ImproperlyConfigured, match=text) as caught:
        key_ring()
    assert "rubbish" not in str(caught.value)


def test_no_key_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(mail, "outbox")
    with ring(), pytest.raises(ImproperlyConfigured, match="names no key"):
        key_ring()


def test_no_key_in_development_is_a_new_one_as_long_as_the_process_lives(
    ann: Any, log_in: Any
) -> None:
    with ring():
        login = log_in(ann)
        assert not is_dead(login)
        assert jwt.get_unverified_header(login.token)["kid"] == key_ring().signing_kid
    with ring():
        assert is_dead(login)


def test_files(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "key.pem"
    path.write_text(pem(key))
    with ring(str(path)):
        assert key_ring().signing_kid == thumbprint(key.public_key())
