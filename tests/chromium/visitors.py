"""Somebody at a page that uses the API, by the script that the manual shows."""

from typing import Any

from playwright.sync_api import CDPSession, Page, Route

from tests.manual import blocks, page

SCRIPT = "".join(blocks("js", page("hosts/passkeys")))
HTML = f"<!doctype html><html lang=en><title>A client</title><script>{SCRIPT}</script></html>"
PATH = "/client"


class Authenticator:
    """A device's own authenticator, which Chromium's DevTools play; it approves whatever is asked.

    A page has one at most. https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/
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

    def recognise_user(self, recognises: bool) -> None:
        """Whether it finds from now on that its own user is there."""
        self._devtools.send(
            "WebAuthn.setUserVerified", self._identity | {"isUserVerified": recognises}
        )

    @property
    def credentials(self) -> list[dict[str, Any]]:
        return self._devtools.send("WebAuthn.getCredentials", self._identity)["credentials"]

    def restore(self, credential: dict[str, Any]) -> None:
        """Put a credential back to how it was when ``credentials`` gave it."""
        which = {"credentialId": credential["credentialId"]}
        self._devtools.send("WebAuthn.removeCredential", self._identity | which)
        self._devtools.send("WebAuthn.addCredential", self._identity | {"credential": credential})


class Visitor:
    """A page of the service's origin, on a device with an authenticator."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.authenticator = Authenticator(page)
        self._page.route(f"**{PATH}", _serve)
        self._page.goto(PATH)

    def __call__(self, function: str, *arguments: Any) -> Any:
        """Call a function of the page's script; what it resolves to.

        :raises playwright.sync_api.Error: it rejects.
        """
        return self._page.evaluate(f"given => ({function})(...given)", list(arguments))

    def request(self, method: str, path: str, *, token: str, body: Any = None) -> Any:
        """Send a request that the manual's script has no function for; what the answer says."""
        fetch = """async (method, path, token, body) => (await fetch(`/api${path}`, {
            method,
            headers: { Authorization: token, "Content-Type": "application/json" },
            body: body && JSON.stringify(body),
        })).json()"""
        return self(fetch, method, path, token, body)


def _serve(route: Route) -> None:
    route.fulfill(content_type="text/html", body=HTML)
