"""Sessions in cookies, by the script that the manual shows, and pages that would ride on them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, Response, Route
from pytest_django.live_server_helper import LiveServer

from sessions_api.models import UserSession
from tests.cast import PASSWORD
from tests.manual import blocks, page

SCRIPT = "".join(blocks("js", page("hosts/cookies"))).replace('"/auth"', '"/api"')
CLIENT = f"<!doctype html><html lang=en><title>A client</title><script>{SCRIPT}</script></html>"
#: A page that sends a form to the service as soon as it is opened.
FORGER = """<!doctype html><html lang=en><title>A forger</title>
<form method=post action="{action}"><input name=name value=x>{fields}</form>
<script>document.forms[0].submit()</script></html>"""
#: Another origin of the same site, so that the browser sends the cookie along.
NEIGHBOUR = "http://localhost:9/"
#: Another site.
STRANGER = "http://evil.example/"
COOKIE = "__Host-session_token"


@pytest.fixture(autouse=True)
def _cookies(_origin: None) -> Iterator[None]:
    # Chromium takes localhost for as good as HTTPS, and holds the cookie to all that its name says.
    ours = settings.SESSIONS_API | {"COOKIES": True, "API_COOKIES": True, "INSECURE_COOKIES": False}
    with override_settings(SESSIONS_API=ours):
        yield


@pytest.fixture
def context(new_context: Callable[[], BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def client(context: BrowserContext, ann: Any) -> Page:
    """A page of the service's origin in which Ann has logged in."""
    client = context.new_page()
    client.route("**/client", lambda route: _fulfill(route, CLIENT))
    client.goto("/client")
    assert not client.evaluate("isLoggedIn()")
    status = client.evaluate("async p => (await logIn('ann', p, true)).status", PASSWORD)
    assert status == 201
    return client


def _fulfill(route: Route, body: str) -> None:
    route.fulfill(content_type="text/html", body=body)


def forge(context: BrowserContext, origin: str, action: str, fields: str = "") -> Response:
    """Open a page of another origin, which sends a form; what the service answers."""
    forger = context.new_page()
    body = FORGER.format(action=action, fields=fields)
    forger.route(origin, lambda route: _fulfill(route, body))
    with forger.expect_response(action) as answer:
        forger.goto(origin)
    return answer.value


def test_a_page_logs_in_and_out(client: Page, context: BrowserContext) -> None:
    [cookie] = [one for one in context.cookies() if one["name"] == COOKIE]
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "localhost")
    assert "session_token" not in client.evaluate("document.cookie")
    client.reload()
    assert client.evaluate("isLoggedIn()")
    assert client.evaluate("async () => (await logOut()).status") == 200
    assert not UserSession.objects.exists()
    assert COOKIE not in {one["name"] for one in context.cookies()}
    assert not client.evaluate("isLoggedIn()")


def test_a_change_needs_the_token_of_the_page(client: Page) -> None:
    forget = "() => { csrfToken = '' }"
    client.evaluate(forget)
    assert client.evaluate("async () => (await logOut()).status") == 403
    # The refusal brought another one.
    assert client.evaluate("async () => (await logOut()).status") == 200


@pytest.mark.parametrize(
    ("origin", "status", "code"),
    [(NEIGHBOUR, 403, "CSRF_FAILED_ERROR"), (STRANGER, 401, "INVALID_SESSION_ERROR")],
)
def test_other_origins_cannot_ride_on_it(
    client: Page,
    context: BrowserContext,
    live_server: LiveServer,
    origin: str,
    status: int,
    code: str,
) -> None:
    action = f"{live_server.url}/api/users/me/sessions"
    fields = f"<input name=permissionFlags value=2><input name=password value='{PASSWORD}'>"
    answer = forge(context, origin, action, fields)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert UserSession.objects.count() == 1
    assert client.evaluate("isLoggedIn()")


@pytest.mark.parametrize("origin", [NEIGHBOUR, STRANGER])
def test_other_origins_cannot_log_the_browser_in(
    context: BrowserContext, live_server: LiveServer, bob: Any, origin: str
) -> None:
    """A form cannot ask for the cookie, and without CORS neither can a script."""
    fields = f"<input name=username value=bob><input name=password value='{PASSWORD}'>"
    answer = forge(context, origin, f"{live_server.url}/api/login", fields)
    assert answer.status == 201
    attacker = context.new_page()
    attacker.route(origin, lambda route: _fulfill(route, "<!doctype html><title>x</title>"))
    attacker.goto(origin)
    ask = """url => fetch(url, {
        method: "POST", credentials: "include", headers: { "X-Session-Cookie": "true" },
    }).then(() => "answered", () => "refused by the browser")"""
    assert attacker.evaluate(ask, f"{live_server.url}/api/login") == "refused by the browser"
    assert COOKIE not in {one["name"] for one in context.cookies()}


def test_a_neighbour_cannot_plant_one(context: BrowserContext, live_server: LiveServer) -> None:
    planter = context.new_page()
    planter.route("http://localhost:9/**", lambda route: _fulfill(route, "<title>x</title>"))
    planter.goto("http://localhost:9/deep/path")
    for attributes in ("Path=/deep", "Path=/; Domain=localhost", "Path=/"):
        planter.evaluate("text => { document.cookie = text }", f"{COOKIE}=x; {attributes}")
    assert COOKIE not in {one["name"] for one in context.cookies()}
