"""The headers that protect the pages, and the nonce of what they load.

The Content-Security-Policy allows scripts and style sheets with the nonce of the response, and
nothing else: no inline event, no style attribute, and no other host unless a template names it.
"""

import secrets

from django.http import HttpResponseBase
from django.utils.cache import patch_vary_headers

#: CSP Level 3. Pages are never framed, and send their forms to this host only.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    # What one user sees must not be shown to the next one at the same computer.
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    # Not "no-referrer", with which browsers send "Origin: null" with forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def new_nonce() -> str:
    """Return a nonce for one response, which nobody can guess."""
    return secrets.token_urlsafe(16)


def protect(response: HttpResponseBase, nonce: str) -> None:
    """Set the headers of a response."""
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    for name, value in HEADERS.items():
        response.headers[name] = value
    patch_vary_headers(response, ["Cookie"])
