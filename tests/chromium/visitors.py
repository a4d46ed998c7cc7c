"""A visitor of a page that calls the API with the sample script of the manual."""

from typing import Any

from playwright.sync_api import CDPSession, Page, Route

from tests.manual import blocks, page

SCRIPT = "".join(blocks("js", page("hosts/passkeys")))
HTML = f"<!doctype html><html lang=en><title>A client</title><script>{SCRIPT}</script></html>"
PATH = "/client"


class Authenticator:
    """A virtual platform authenticator of Chromium's DevTools, which approves every request.

    A page can have only one. See https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/.
    """

    def __init__(self, page: Page) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        made = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._identity = {"authenticatorId": made["authenticatorId"]}

    def verify_user(self, recognises: bool) -> None:
        """Set whether user verification succeeds from now on."""
        self._devtools.send(
            "WebAuthn.setUserVerified", self._identity | {"isUserVerified": recognises}
        )

    @property
    def credentials(self) -> list[dict[str, Any]]:
        return self._devtools.send("WebAuthn.getCredentials", self._identity)["credentials"]

    def restore(self, credential: dict[str, Any]) -> None:
        """Restore the state that a credential had when ``credentials`` returned it."""
        which = {"credentialId": credential["credentialId"]}
        self._devtools.send("WebAuthn.removeCredential", self._identity | which)
        self._devtools.send("WebAuthn.addCredential", self._identity | {"credential": credential})


class Visitor:
    """A page of the service's origin, in a browser with an authenticator."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.authenticator = Authenticator(page)
        self._page.route(f"**{PATH}", _serve)
        self._page.goto(PATH)

    def __call__(self, function: str, *arguments: Any) -> Any:
        """Call a function of the page's script, and return the value that its promise resolves to.

        :raises playwright.sync_api.Error: the promise is rejected.
        """
        return self._page.evaluate(f"given => ({function})(...given)", list(arguments))

    def request(self, method: str, path: str, *, token: str, body: Any = None) -> Any:
        """Send a request for which the script has no function, and return the response's JSON."""
        fetch = """async (method, path, token, body) => (await fetch(`/api${path}`, {
            method,
            headers: { Authorization: token, "Content-Type": "application/json" },
            body: body && JSON.stringify(body),
        })).json()"""
        return self(fetch, method, path, token, body)


def _serve(route: Route) -> None:
    route.fulfill(content_type="text/html", body=HTML)
