"""The operations on second factors, for the OpenAPI description."""

from sessions_api.exceptions import (
    ApiError,
    EndpointRequiresSecondFactor,
    InvalidSecondFactor,
    InvalidSecondFactorResponse,
)
from sessions_api.http.openapi import parameters
from sessions_api.http.openapi.operations import Operation, Resource, Tag
from sessions_api.second_factors.http.viewsets import EnrolmentViewSet, SecondFactorViewSet

SECOND_FACTORS = Tag(
    "Second factors",
    "Authenticator apps, passkeys and security keys, and backup codes to use in their place.",
)


def _confirmed(*errors: ApiError) -> Operation:
    return Operation(
        "Enrol: second step",
        "EnrolledFactor",
        status=201,
        parameters=(parameters.END_OTHER_SESSIONS,),
        errors=(InvalidSecondFactorResponse(), *errors),
    )


RESOURCES: dict[type, Resource] = {
    SecondFactorViewSet: Resource(
        SECOND_FACTORS,
        {
            "list": Operation(
                "List second factors", "SecondFactorList", parameters=parameters.PAGE
            ),
            "retrieve": Operation(
                "Show a second factor", "SecondFactor", errors=(InvalidSecondFactor(),)
            ),
            "destroy": Operation(
                "Remove a second factor",
                "DeleteSecondFactor",
                parameters=(parameters.END_OTHER_SESSIONS,),
                errors=(InvalidSecondFactor(),),
            ),
            "destroy_many": Operation(
                "Remove some second factors",
                "DeleteSecondFactors",
                parameters=(parameters.END_OTHER_SESSIONS,),
            ),
            "destroy_all": Operation(
                "Remove all second factors",
                "DeleteSecondFactors",
                parameters=(parameters.END_OTHER_SESSIONS,),
            ),
        },
    ),
    EnrolmentViewSet: Resource(
        SECOND_FACTORS,
        {
            "begin_totp": Operation("Enrol an authenticator app: first step", "TotpEnrolment"),
            "confirm_totp": _confirmed(),
            "begin_webauthn": Operation(
                "Enrol a passkey or security key: first step", "WebAuthnEnrolment"
            ),
            "confirm_webauthn": _confirmed(InvalidSecondFactorResponse(status=400)),
            "renew_backup_codes": Operation(
                "Replace the backup codes", "BackupCodes", errors=(EndpointRequiresSecondFactor(),)
            ),
        },
    ),
}
