"""A browser on the pages of the site."""

from typing import Any

from django.test import Client as HttpClient
from django.test import override_settings

from tests.api import CHROME, HOME
from tests.cast import PASSWORD
from tests.sessions_api.http.cookies import site
from tests.sessions_api.http.cookies.page import COOKIE, ORIGIN

#: The service with the pages of the site.
serving_the_site = override_settings(ROOT_URLCONF=site.__name__, MIDDLEWARE=site.MIDDLEWARE)


class Visitor:
    """Follows links and sends forms, with the CSRF token of the last page."""

    def __init__(self) -> None:
        self.browser = HttpClient(enforce_csrf_checks=True, raise_request_exception=False)
        self.csrf_token = ""

    def get(self, path: str, **meta: Any) -> Any:
        return self._send("GET", path, **meta)

    def post(self, path: str, *, csrf: str | None = None, **form: Any) -> Any:
        meta = {"HTTP_ORIGIN": form.pop("origin", ORIGIN)}
        token = self.csrf_token if csrf is None else csrf
        data = form | ({"csrfmiddlewaretoken": token} if token else {})
        return self.browser.post(path, data, secure=True, **self._common(), **meta)

    def who(self) -> dict[str, Any]:
        answer = self.get("/who")
        found = answer.json()
        self.csrf_token = found.pop("csrf")
        return found

    def sign_in(self, **form: Any) -> Any:
        self.who()
        answer = self.post("/sign-in", **{"username": "ann", "password": PASSWORD} | form)
        if answer.status_code == 200:
            self.who()
        return answer

    @property
    def token(self) -> str:
        return self.browser.cookies[COOKIE].value

    def _send(self, method: str, path: str, **meta: Any) -> Any:
        return self.browser.generic(method, path, secure=True, **self._common() | meta)

    def _common(self) -> dict[str, str]:
        return {"HTTP_USER_AGENT": CHROME, "REMOTE_ADDR": HOME}
