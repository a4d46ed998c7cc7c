"""Answers to challenges in the fields of a form."""

import json
from collections.abc import Mapping

from sessions_api.exceptions import InvalidSecondFactorResponse
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import totp
from sessions_api.second_factors.services.codes import normalise_code
from sessions_api.second_factors.services.verification import BACKUP


def answer_of_form(fields: Mapping[str, str]) -> dict[str, object]:
    """See :meth:`sessions_api.services.second_factors.SecondFactors.answer_of_form`."""
    given = {"token": "", "response": "", "code": "", **fields}
    if given["response"]:
        try:
            response = json.loads(given["response"])
        except (ValueError, RecursionError) as error:
            raise InvalidSecondFactorResponse(status=400) from error
        kind = SecondFactor.Type.WEBAUTHN.value
        return {"token": given["token"], "type": kind, "response": response}
    code = normalise_code(given["code"]) or ""
    is_totp = code.isdecimal() and len(code) == totp.DIGITS
    kind = SecondFactor.Type.TOTP.value if is_totp else BACKUP
    return {"token": given["token"], "type": kind, "code": code}
