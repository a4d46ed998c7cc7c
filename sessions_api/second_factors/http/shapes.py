"""The response shapes of second factors in v5."""

from collections.abc import Sequence

from sessions_api.http.schemas import EXPIRY, TIMESTAMP, TOKEN, array, integer, nullable, text
from sessions_api.http.shapes import COUNTED, Field, Shape, constant, page_of, timestamp
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import backup_codes, totp
from sessions_api.second_factors.services.codes import ALPHABET
from sessions_api.second_factors.services.enrolment import Enrolment

ID: Field[SecondFactor] = Field(integer("The factor's id.", minimum=1), lambda one: one.pk)
NAME: Field[SecondFactor] = Field(text(), lambda one: one.name)
TYPE: Field[SecondFactor] = Field(text(enum=SecondFactor.Type.values), lambda one: one.type)

FACTOR: Shape[SecondFactor] = Shape(
    id=ID,
    name=NAME,
    type=TYPE,
    createdAt=Field(TIMESTAMP, lambda one: timestamp(one.created_at)),
    updatedAt=Field(TIMESTAMP, lambda one: timestamp(one.last_used_at or one.created_at)),
    usedAt=Field(
        nullable(TIMESTAMP),
        lambda one: timestamp(one.last_used_at) if one.last_used_at else None,
    ),
)
FACTOR_LIST = page_of(Shape(id=ID, name=NAME))
FACTOR_REMOVED = Shape(
    code=constant("DELETE_SECOND_FACTOR_SUCCESS"),
    message=constant("Second Factor Successfully Deleted"),
)
FACTORS_REMOVED: Shape[int] = Shape(
    code=constant("DELETE_SECOND_FACTORS_SUCCESS"),
    message=constant("Second Factors Successfully Deleted"),
    count=COUNTED,
)

CODES = {
    **array(text(pattern=f"^[{ALPHABET}]{{{backup_codes.LENGTH}}}$")),
    "minItems": backup_codes.NUMBER,
    "maxItems": backup_codes.NUMBER,
}
NEW_CODES: Shape[Sequence[str]] = Shape(codes=Field(CODES, lambda codes: codes))

#: Renders the result of :func:`~sessions_api.second_factors.services.enrolment.begin_totp`.
TOTP_BEGUN: Shape[dict[str, object]] = Shape(
    token=Field(TOKEN, lambda begun: begun["token"]),
    exp=Field(EXPIRY, lambda begun: begun["exp"]),
    type=constant(SecondFactor.Type.TOTP.value),
    secret=Field(
        text("The secret to enter into the app, in base32.", pattern="^[A-Z2-7]+$"),
        lambda begun: begun["secret"],
    ),
    algorithm=constant(totp.ALGORITHM),
    digits=constant(totp.DIGITS),
    period=constant(totp.PERIOD),
)
ENROLLED: Shape[Enrolment] = Shape(id=ID, name=NAME, type=TYPE).of(
    lambda enrolment: enrolment.factor,
    {"backupCodes": Field(CODES, lambda enrolment: enrolment.backup_codes)},
)
