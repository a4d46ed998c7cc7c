"""The WebAuthn ceremonies (Level 2): registration and authentication.

Options and responses use the JSON form of Level 3 (``toJSON()``).
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


class MalformedResponse(Exception):
    """A malformed response: something is missing or does not parse."""


class Refused(Exception):
    """A response that fails the verification of the ceremony."""


@dataclass(frozen=True)
class Credential:
    """A registered credential.

    :param id: the credential id, in base64url.
    :param public_key: the public key, in COSE format.
    :param sign_count: the signature counter.
    """

    id: str
    public_key: bytes
    sign_count: int


def user_handle(user: AbstractBaseUser) -> bytes:
    """Return the user handle of an account, which is the same for all of its credentials.

    It contains nothing that identifies the user (Level 3, 14.6.1).
    """
    return hashlib.sha256(f"user {user.pk}".encode()).digest()


def creation_options(
    *, user_handle: bytes, user_name: str, challenge: bytes, known_ids: Iterable[str]
) -> dict[str, object]:
    """Return the options for ``navigator.credentials.create()``.

    :param known_ids: the ids of the user's credentials, which cannot be registered again.
    """
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
    """Return the options for ``navigator.credentials.get()``.

    :param known_ids: the ids of the user's credentials.
    """
    options = webauthn.generate_authentication_options(
        rp_id=api_settings().WEBAUTHN_RP_ID,
        challenge=challenge,
        allow_credentials=_descriptors(known_ids),
        user_verification=_user_verification(),
    )
    return options_to_json_dict(options)


def parse_creation(response: dict[str, object]) -> RegistrationCredential:
    """Parse a response to :func:`creation_options`, without verifying it.

    :raises MalformedResponse: the response is malformed.
    """
    try:
        parsed = parse_registration_credential_json(response)
        parse_client_data_json(parsed.response.client_data_json)
        parse_attestation_object(parsed.response.attestation_object)
    except Exception as error:  # malformed responses raise almost anything
        raise MalformedResponse from error
    return parsed


def parse_request(response: dict[str, object]) -> AuthenticationCredential:
    """Parse a response to :func:`request_options`, without verifying it.

    :raises MalformedResponse: the response is malformed.
    """
    try:
        parsed = parse_authentication_credential_json(response)
        parse_client_data_json(parsed.response.client_data_json)
        parse_authenticator_data(parsed.response.authenticator_data)
    except Exception as error:  # as above
        raise MalformedResponse from error
    return parsed


def verify_creation(response: RegistrationCredential, *, challenge: bytes) -> Credential:
    """Verify a response to :func:`creation_options` and return its credential.

    :raises Refused: the challenge, origin, RP id, user verification, attestation, id or key is
        wrong.
    """
    try:
        made = webauthn.verify_registration_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=api_settings().WEBAUTHN_RP_ID,
            expected_origin=list(api_settings().WEBAUTHN_ORIGINS),
            require_user_verification=api_settings().WEBAUTHN_REQUIRE_USER_VERIFICATION,
        )
        # The library does not check the key; a bad one would prevent every login with it.
        decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
    except Exception as error:  # the library's own classes, and whatever a malformed key raises
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
    """Verify a response to :func:`request_options` and return the credential's new counter.

    :param handle: the :func:`user_handle` of the account. If the response contains a user handle,
        it must be this one (Level 3, 7.2, step 6).
    :param public_key: the credential's public key, in COSE format.
    :param sign_count: the credential's last known counter.
    :raises Refused: the challenge, origin, RP id, user verification, counter, signature or handle
        is wrong.
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
