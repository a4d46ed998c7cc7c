"""The structures of responses about second factors, for the OpenAPI description."""

from sessions_api.http.openapi import samples
from sessions_api.http.openapi.structures import Structure, listed, shaped
from sessions_api.http.schemas import BASE64URL, EXPIRY, TOKEN, array, integer, object_of, text
from sessions_api.second_factors.http import shapes
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import backup_codes
from sessions_api.second_factors.services.codes import ALPHABET
from sessions_api.second_factors.services.enrolment import Enrolment

APP = SecondFactor(
    pk=1,
    name="My phone",
    type=SecondFactor.Type.TOTP.value,
    created_at=samples.CREATED,
    last_used_at=samples.CREATED,
)
CODES = [ALPHABET[first:][: backup_codes.LENGTH] for first in range(backup_codes.NUMBER)]

BEGUN = {"token": samples.TOKEN, "exp": samples.EXP}
WEBAUTHN_BEGUN = {
    "type": "webauthn",
    "rp": {"id": "localhost", "name": "Cumulonimbus"},
    "user": {"id": "AQIDBAUGBwg", "name": "ann", "displayName": "ann"},
    "challenge": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
}

STRUCTURES = {
    "SecondFactorList": listed(shapes.FACTOR_LIST, APP),
    "SecondFactor": shaped(shapes.FACTOR, APP),
    "DeleteSecondFactor": shaped(shapes.FACTOR_REMOVED, None),
    "DeleteSecondFactors": shaped(shapes.FACTORS_REMOVED, 2),
    "TotpEnrolment": shaped(
        shapes.TOTP_BEGUN, {**BEGUN, "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
    ),
    "WebAuthnEnrolment": Structure(
        {
            **object_of(
                token=TOKEN,
                exp=EXPIRY,
                type={"const": "webauthn"},
                rp=object_of(id=text(), name=text()),
                user=object_of(id=BASE64URL, name=text(), displayName=text()),
                challenge=BASE64URL,
                pubKeyCredParams=array(object_of(type=text(), alg=integer())),
            ),
            "additionalProperties": True,
            "description": (
                "Includes the creation options of Web Authentication in their JSON form, for "
                "`PublicKeyCredential.parseCreationOptionsFromJSON()`."
            ),
        },
        {**BEGUN, **WEBAUTHN_BEGUN},
    ),
    "EnrolledFactor": shaped(shapes.ENROLLED, Enrolment(APP, CODES)),
    "BackupCodes": shaped(shapes.NEW_CODES, CODES),
}
