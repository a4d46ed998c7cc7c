"""A WebAuthn authenticator in software, with one credential: ES256, attestation ``none``.

Options and responses have the JSON form of WebAuthn Level 3, like those of a browser's
``parseCreationOptionsFromJSON()`` and ``toJSON()``. Unlike a browser's, it can be made to send
invalid responses, by setting its fields.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

USER_PRESENT = 1 << 0
USER_VERIFIED = 1 << 2
ATTESTED_CREDENTIAL = 1 << 6

NO_AAGUID = bytes(16)


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Authenticator:
    """A device with one credential.

    :param origin: the origin of the page.
    :param rp_id: the domain of the credential.
    :param user_present: whether the user has touched it.
    :param user_verified: whether it has verified the user.
    :param counter: the signature counter, which is incremented before each response.
    """

    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    user_present: bool = True
    user_verified: bool = True
    counter: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def id(self) -> str:
        """The credential's id, in base64url."""
        return base64url(self.credential_id)

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the response to creation options."""
        client_data = self._client_data("webauthn.create", options["challenge"])
        credential = (
            NO_AAGUID
            + len(self.credential_id).to_bytes(2, "big")
            + self.credential_id
            + cbor2.dumps(self.public_key())
        )
        data = self._authenticator_data(ATTESTED_CREDENTIAL) + credential
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._response(client_data, attestationObject=cbor2.dumps(attestation))

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the response to request options."""
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._authenticator_data()
        signature = self.key.sign(
            data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256())
        )
        return self._response(client_data, authenticatorData=data, signature=signature)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        data = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(data).encode()

    def _authenticator_data(self, flags: int = 0) -> bytes:
        self.counter += 1
        flags |= USER_PRESENT * self.user_present | USER_VERIFIED * self.user_verified
        rp_id_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id_hash + bytes([flags]) + self.counter.to_bytes(4, "big")

    def public_key(self) -> dict[int, Any]:
        """Return the key as a COSE_Key (RFC 9053, 7.1.1): EC2, ES256, P-256, x, y."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return {1: 2, 3: -7, -1: 1, -2: x, -3: y}

    def _response(self, client_data: bytes, **parts: bytes) -> dict[str, Any]:
        encoded = {name: base64url(part) for name, part in parts.items()}
        return {
            "id": self.id,
            "rawId": self.id,
            "type": "public-key",
            "response": {"clientDataJSON": base64url(client_data), **encoded},
            "clientExtensionResults": {},
        }


#: A well-formed assertion that matches no challenge.
A_RESPONSE = Authenticator().get({"challenge": "AAAA"})


def garbled(response: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield copies of a response in which one part is missing, malformed or of another type."""
    for name in ("rawId", "response", "type"):
        yield {key: value for key, value in response.items() if key != name}
        yield {**response, name: 7}
    inner = response["response"]
    client_data = base64url(b'{"type": "webauthn.get", "origin": "http://localhost:8000"}')
    rubbish = {"clientDataJSON": [base64url(b"{"), client_data], "userHandle": [7]}
    for name in ("authenticatorData", "attestationObject"):
        rubbish[name] = [base64url(b"x"), base64url(b"\xa1" * 2_000)]
    for name in inner:
        yield {**response, "response": {key: inner[key] for key in inner if key != name}}
        for wrong in (None, "A", "\u00e9", *rubbish.get(name, [])):
            yield {**response, "response": inner | {name: wrong}}
