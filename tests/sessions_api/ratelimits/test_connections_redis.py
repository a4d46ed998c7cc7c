"""Requests are counted in a Redis that is reached by TLS, by a socket, or with a password.

These tests are collected if the suite runs on Redis.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sessions_api.ratelimits import counters
from sessions_api.ratelimits.windows import Counter
from tests.outages.redis_server import Server, counted_at, free_port

ACCOUNT = "ann:s3cret"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("redis")


@pytest.fixture(scope="module")
def tls_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(directory: Path, tls_port: int) -> Iterator[Server]:
    write_certificate(directory)
    server = Server(
        directory,
        **{
            "tls-port": str(tls_port),
            "tls-cert-file": str(directory / "certificate.pem"),
            "tls-key-file": str(directory / "key.pem"),
            "tls-ca-cert-file": str(directory / "certificate.pem"),
            "tls-auth-clients": "no",
            "unixsocket": str(directory / "redis.sock"),
            "user": "ann on >s3cret ~* &* +@all",
        },
    )
    yield server
    server.kill()


def write_certificate(directory: Path) -> None:
    """Write a certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(host, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (directory / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (directory / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def count_at(url: str) -> None:
    with counted_at(url):
        counters.charge([Counter(uuid.uuid4().hex, 1000, period=10**6, phase=0)], now=12.5)


@pytest.mark.parametrize(
    "url",
    [
        "redis://{account}@127.0.0.1:{port}/0",
        "rediss://{account}@127.0.0.1:{tls_port}/0?ssl_ca_certs={directory}/certificate.pem",
        "unix://{account}@{directory}/redis.sock?db=0",
    ],
)
def test_requests_are_counted_in_redis(
    url: str, server: Server, tls_port: int, directory: Path
) -> None:
    before = server.keys()
    count_at(url.format(account=ACCOUNT, port=server.port, tls_port=tls_port, directory=directory))
    assert server.keys() == before + 1


@pytest.mark.parametrize(
    "url",
    [
        "redis://ann:wrong@127.0.0.1:{port}/0",
        # A certificate that nobody vouches for.
        "rediss://ann:s3cret@127.0.0.1:{tls_port}/0",
    ],
)
def test_a_server_that_cannot_be_trusted_or_refuses_is_not_used(
    url: str, server: Server, tls_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    before = server.keys()
    count_at(url.format(port=server.port, tls_port=tls_port))
    assert server.keys() == before
    assert "Could not count requests" in caplog.text
    assert "s3cret" not in caplog.text
    assert "wrong" not in caplog.text
