"""What v5 answers about second factors."""

from sessions_api.http.openapi import samples
from sessions_api.http.openapi.structures import (
    BASE64URL,
    COUNT,
    EXPIRY,
    TIMESTAMP,
    TOKEN,
    Structure,
    array,
    integer,
    listed,
    nullable,
    outcome,
    record,
    text,
)
from sessions_api.second_factors.http.v5 import OwnEnrolmentViewSet, OwnSecondFactorViewSet
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import totp
from sessions_api.second_factors.services.codes import ALPHABET
from sessions_api.second_factors.services.enrolment import (
    BACKUP_CODE_LENGTH,
    BACKUP_CODES,
    Enrolment,
)

FORM = OwnSecondFactorViewSet()

APP = SecondFactor(
    pk=1,
    name="My phone",
    type=SecondFactor.Type.TOTP.value,
    created_at=samples.CREATED,
    last_used_at=samples.CREATED,
)
CODES = [ALPHABET[first:][:BACKUP_CODE_LENGTH] for first in range(BACKUP_CODES)]

ID = integer("The factor's id.", minimum=1)
TYPE = text(enum=SecondFactor.Type.values)
BACKUP_CODE_LIST = {
    **array(text(pattern=f"^[{ALPHABET}]{{{BACKUP_CODE_LENGTH}}}$")),
    "minItems": BACKUP_CODES,
    "maxItems": BACKUP_CODES,
}

TOTP_BEGUN = {
    "type": "totp",
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "algorithm": totp.ALGORITHM,
    "digits": totp.DIGITS,
    "period": totp.PERIOD,
}
WEBAUTHN_BEGUN = {
    "type": "webauthn",
    "rp": {"id": "localhost", "name": "Cumulonimbus"},
    "user": {"id": "AQIDBAUGBwg", "name": "ann", "displayName": "ann"},
    "challenge": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
}

STRUCTURES = {
    "SecondFactorList": listed(record(id=ID, name=text()), FORM.render_item(APP)),
    "SecondFactor": Structure(
        record(
            id=ID,
            name=text(),
            type=TYPE,
            createdAt=TIMESTAMP,
            updatedAt=TIMESTAMP,
            usedAt=nullable(TIMESTAMP),
        ),
        FORM.render_factor(APP),
    ),
    "DeleteSecondFactor": outcome(FORM.render_removed()),
    "DeleteSecondFactors": outcome(FORM.render_removed_many(2), count=COUNT),
    "TotpEnrolment": outcome(
        {"token": samples.TOKEN, "exp": samples.EXP, **TOTP_BEGUN},
        token=TOKEN,
        exp=EXPIRY,
        secret=text("The key to show to the app, in base32.", pattern="^[A-Z2-7]+$"),
    ),
    "WebAuthnEnrolment": Structure(
        {
            **record(
                token=TOKEN,
                exp=EXPIRY,
                type={"const": "webauthn"},
                rp=record(id=text(), name=text()),
                user=record(id=BASE64URL, name=text(), displayName=text()),
                challenge=BASE64URL,
                pubKeyCredParams=array(record(type=text(), alg=integer())),
            ),
            "additionalProperties": True,
            "description": (
                "With the creation options of Web Authentication in their JSON form, for "
                "`PublicKeyCredential.parseCreationOptionsFromJSON()`."
            ),
        },
        {"token": samples.TOKEN, "exp": samples.EXP, **WEBAUTHN_BEGUN},
    ),
    "EnrolledFactor": Structure(
        record(
            {"backupCodes": BACKUP_CODE_LIST},
            id=ID,
            name=text(),
            type=TYPE,
        ),
        OwnEnrolmentViewSet().render_enrolment(Enrolment(APP, CODES)),
    ),
    "BackupCodes": Structure(record(codes=BACKUP_CODE_LIST), {"codes": CODES}),
}
