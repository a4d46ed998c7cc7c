"""Secrets that one machine makes for itself once and keeps in files only their owner reads."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """The text of a file, which is made with mode 0600 where it does not exist.

    Of several processes that start at once exactly one makes the file; all return its text.

    :param make: called for the text only when there is no file yet.
    :raises OSError: where the file can be neither read nor made.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(descriptor, "w") as file:
                file.write(make())
            # A link appears whole or not at all, and never replaces what another process made.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text()


def secret_key(state_dir: Path) -> str:
    """Django's ``SECRET_KEY``, kept in ``state_dir``."""
    return read_or_create(state_dir / "secret-key.txt", lambda: secrets.token_urlsafe(50))


def signing_key(state_dir: Path) -> str:
    """The path of a private P-256 key in PEM (PKCS #8), kept in ``state_dir``."""
    path = state_dir / "signing-key.pem"
    read_or_create(path, _p256_pem)
    return str(path)


def _p256_pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
