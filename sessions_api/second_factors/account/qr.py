"""The QR code by which an authenticator app takes over a secret, drawn here as SVG."""

from urllib.parse import quote, urlencode

import segno
from django.utils.safestring import SafeString, mark_safe

from sessions_api.second_factors.services import totp

#: How much of a name the code holds. The size of QR codes is limited, and phones do not read dense
#: ones.
SHOWN = 40


def enrolment_uri(secret: str, *, issuer: str, account: str) -> str:
    """Return the URI that authenticator apps read, in the form that Google's made common.

    :param secret: in base32.
    :param issuer: the name of the service.
    :param account: the name of the account.
    """
    service = issuer[:SHOWN]
    label = f"{_quoted(service)}:{_quoted(account[:SHOWN])}"
    parameters = {
        "secret": secret,
        "issuer": service,
        "algorithm": totp.ALGORITHM,
        "digits": totp.DIGITS,
        "period": totp.PERIOD,
    }
    # Apps show a plus sign for a space as it is.
    query = urlencode(parameters, quote_via=quote, errors="replace")
    return f"otpauth://totp/{label}?{query}"


def drawn(text: str) -> SafeString:
    """Return a QR code as an SVG element without styles, which a strict policy allows.

    Its light parts are white on a dark page, too, or phones could not read it.
    """
    code = segno.make(text, micro=False)
    svg = code.svg_inline(omitsize=True, light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308 - only numbers and colours; the text is in the drawing


def _quoted(name: str) -> str:
    # A colon separates the two names.
    return quote(name, safe="", errors="replace")
