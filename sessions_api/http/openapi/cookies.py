"""What descriptions say of sessions in cookies: nothing unless the API knows them."""

from collections.abc import Iterator, Mapping

from sessions_api.conf import api_settings
from sessions_api.exceptions import ApiError, CsrfFailed
from sessions_api.http.cookies.csrf import ASKS_FOR_COOKIES, SAFE_METHODS, TOKEN_HEADER
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.schemas import Schema, text
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.login import LoginViewSet

ASKS = {
    "name": ASKS_FOR_COOKIES,
    "in": "header",
    "schema": {"const": "true"},
    "description": f"Whether the response should have a CSRF token in `{TOKEN_HEADER}`.",
}
ASKS_AT_LOGIN = {
    **ASKS,
    "description": (
        "Whether the response should set the token of the session in a cookie. A CSRF token in "
        f"`{TOKEN_HEADER}` is required then."
    ),
}
#: At a login, where no security requirement says so.
CSRF_TOKEN = {
    "name": TOKEN_HEADER,
    "in": "header",
    "schema": text(),
    "description": f"A CSRF token, with `{ASKS_FOR_COOKIES}`.",
}
HANDED_OUT: dict[str, object] = {
    "description": f"A CSRF token, if the request has `{ASKS_FOR_COOKIES}`.",
    "schema": text(pattern="^[A-Za-z0-9]{64}$"),
}
SET_COOKIE: dict[str, object] = {
    "description": "The cookie with the session's token, and Django's cookie for CSRF.",
    "schema": text(),
}


def parameters(viewset: ApiViewSet, action: str, method: str) -> Iterator[Mapping[str, object]]:
    """Yield the headers of a request by a page."""
    if not api_settings().cookies_in_api:
        return
    if _is_login(viewset, action):
        yield from (ASKS_AT_LOGIN, CSRF_TOKEN)
    elif method in SAFE_METHODS:
        yield ASKS


def headers(viewset: ApiViewSet, action: str) -> dict[str, Schema]:
    """Return the headers of responses to pages."""
    if not api_settings().cookies_in_api:
        return {}
    sets_cookie = {"Set-Cookie": SET_COOKIE} if _is_login(viewset, action) else {}
    return {TOKEN_HEADER: HANDED_OUT, **sets_cookie}


def errors(policy: Policy, method: str) -> Iterator[ApiError]:
    """Yield the error of requests by pages without proof that they are ours."""
    if not api_settings().cookies_in_api or method in SAFE_METHODS or policy.always_open:
        return
    if policy.audience is not Audience.ANYONE:
        yield CsrfFailed(reason="CSRF cookie not set.")


def _is_login(viewset: ApiViewSet, action: str) -> bool:
    return isinstance(viewset, LoginViewSet) and action == "create"
