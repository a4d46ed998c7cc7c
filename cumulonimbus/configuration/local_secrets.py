"""Secrets that are generated once per machine and stored in files readable only by their owner."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a file; create the file with mode 0600 if it does not exist.

    Of several processes that start at the same time, one creates the file and all return its text.

    :param make: returns the text of a new file.
    :raises OSError: the file can be neither read nor created.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(descriptor, "w") as file:
                file.write(make())
            # Linking is atomic and never replaces a file that another process has created.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text()


def secret_key(state_dir: Path) -> str:
    """Return Django's ``SECRET_KEY``, stored in ``state_dir``."""
    return read_or_create(state_dir / "secret-key.txt", lambda: secrets.token_urlsafe(50))


def signing_key(state_dir: Path) -> str:
    """Return the path of a private P-256 key in PEM (PKCS #8), stored in ``state_dir``."""
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
