"""The ceremonies of Web Authentication (Level 2): creating a credential, and getting an assertion.

Options and responses are in the JSON form of Level 3 (``toJSON()``).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import webauthn
from django.contrib.auth.base_user import AbstractBaseUser
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    UserVerificationRequirement,
)

from sessions_api.conf import api_settings

#: Relying parties should refuse longer ids (Level 3, 7.1).
MAX_ID_BYTES = 1023


class Garbled(Exception):
    """A response that no authenticator gives: something is missing, or cannot be read."""


class Refused(Exception):
    """A response that is not what the ceremony asked for."""


@dataclass(frozen=True)
class Credential:
    """What a ceremony found out: the id (base64url), the public key (COSE) and the counter."""

    id: str
    public_key: bytes
    sign_count: int


def user_handle(user: AbstractBaseUser) -> bytes:
    """By what an authenticator knows the account: nothing that tells whose it is (Level 3, 14.6.1),
    but the same for all credentials of one user."""
    return hashlib.sha256(f"user {user.pk}".encode()).digest()


def creation_options(
    *, user_handle: bytes, user_name: str, challenge: bytes, known_ids: Iterable[str]
) -> dict[str, object]:
    """What to hand to ``navigator.credentials.create()``."""
    options = webauthn.generate_registration_options(
        rp_id=api_settings().WEBAUTHN_RP_ID,
        rp_name=api_settings().WEBAUTHN_RP_NAME,
        user_id=user_handle,
        user_name=user_name,
        challenge=challenge,
        exclude_credentials=_descriptors(known_ids),
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=_user_verification()
        ),
    )
    return options_to_json_dict(options)


def request_options(*, challenge: bytes, known_ids: Iterable[str]) -> dict[str, object]:
    """What to hand to ``navigator.credentials.get()``."""
    options = webauthn.generate_authentication_options(
        rp_id=api_settings().WEBAUTHN_RP_ID,
        challenge=challenge,
        allow_credentials=_descriptors(known_ids),
        user_verification=_user_verification(),
    )
    return options_to_json_dict(options)


def parse_creation(response: dict[str, object]) -> RegistrationCredential:
    """What a response to :func:`creation_options` says.

    :raises Garbled: nothing.
    """
    try:
        parsed = parse_registration_credential_json(response)
        parse_client_data_json(parsed.response.client_data_json)
        parse_attestation_object(parsed.response.attestation_object)
    except Exception as error:  # what is in a garbled response surfaces as almost anything
        raise Garbled from error
    return parsed


def parse_request(response: dict[str, object]) -> AuthenticationCredential:
    """What a response to :func:`request_options` says.

    :raises Garbled: nothing.
    """
    try:
        parsed = parse_authentication_credential_json(response)
        parse_client_data_json(parsed.response.client_data_json)
        parse_authenticator_data(parsed.response.authenticator_data)
    except Exception as error:  # as above
        raise Garbled from error
    return parsed


def verify_creation(response: RegistrationCredential, *, challenge: bytes) -> Credential:
    """The credential that a response to :func:`creation_options` has made.

    :raises Refused: challenge, origin, RP id, user verification, attestation, id or key are not
        right.
    """
    try:
        made = webauthn.verify_registration_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=api_settings().WEBAUTHN_RP_ID,
            expected_origin=list(api_settings().WEBAUTHN_ORIGINS),
            require_user_verification=api_settings().WEBAUTHN_REQUIRE_USER_VERIFICATION,
        )
        # Nothing else looks at the key before the first login with it, which it would then prevent.
        decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
    except Exception as error:  # the library's own, and whatever is in a key that is none
        raise Refused from error
    if len(made.credential_id) > MAX_ID_BYTES:
        raise Refused
    return Credential(
        bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count
    )


def verify_request(
    response: AuthenticationCredential,
    *,
    handle: bytes,
    challenge: bytes,
    public_key: bytes,
    sign_count: int,
) -> int:
    """The new counter of a credential that has answered :func:`request_options`.

    :param handle: the :func:`user_handle` of the account; what names another one is not for it
        (Level 3, 7.2, step 6). It may be left out.
    :raises Refused: challenge, origin, RP id, user verification, counter, signature or handle are
        wrong.
    """
    if response.response.user_handle not in (None, handle):
        raise Refused
    try:
        verified = webauthn.verify_authentication_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=api_settings().WEBAUTHN_RP_ID,
            expected_origin=list(api_settings().WEBAUTHN_ORIGINS),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=api_settings().WEBAUTHN_REQUIRE_USER_VERIFICATION,
        )
    except Exception as error:  # as above
        raise Refused from error
    return verified.new_sign_count


def _descriptors(ids: Iterable[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in ids]


def _user_verification() -> UserVerificationRequirement:
    if api_settings().WEBAUTHN_REQUIRE_USER_VERIFICATION:
        return UserVerificationRequirement.REQUIRED
    return UserVerificationRequirement.PREFERRED
