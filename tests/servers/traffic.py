#!/usr/bin/env python3
"""Clients that use the service through its proxy without a pause, and report every failure.

``traffic.py URL PASSWORD [--certificate FILE] JOURNEY...`` runs each journey over and over in a
thread of its own. It prints a line when each was completed once. When its input is closed, it
completes each once more, and prints as JSON how often that was, the longest request in seconds, and
what failed. It needs only Python, so that it also runs where the checkout is not.
"""

import argparse
import http.client
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT = 60
API = "/api/v5"
OWN = f"{API}/users/me/sessions"
JSON = {"Content-Type": "application/json"}
#: A switch that closes none of the endpoints that are called here.
SWITCH = f"{API}/killswitches/7"
USERS = "/admin/cumulonimbus/user/"


@dataclass
class Report:
    completed: dict[str, int] = field(default_factory=dict)
    longest: float = 0.0
    failed: list[str] = field(default_factory=list)


class Client:
    """Sends requests on one persistent connection, or each on a new one."""

    def __init__(self, site: "Site", *, persistent: bool = True) -> None:
        self.site = site
        self._persistent = persistent
        self._connection = site.connect()
        self.cookies: dict[str, str] = {}

    def close(self) -> None:
        self._connection.close()

    def api(self, method: str, path: str, body: Any = None, *, token: str = "") -> tuple[int, Any]:
        """Return the status and the body of a response, which may be a page of the proxy."""
        headers = JSON | ({"Authorization": f"Bearer {token}"} if token else {})
        status, text = self.send(method, path, None if body is None else json.dumps(body), headers)
        return status, json.loads(text) if text.startswith("{") else text

    def expect(
        self, status: int, method: str, path: str, body: Any = None, *, token: str = ""
    ) -> Any:
        """Return the body of a response, which must have this status."""
        found, answer = self.api(method, path, body, token=token)
        assert found == status, f"{method} {path}: {found} {answer}, not {status}"
        return answer

    def send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str]:
        began = time.monotonic()
        try:
            self._connection.request(method, path, body, {"Host": self.site.host} | headers)
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise AssertionError(f"{method} {path}: {error!r}") from error
        self.site.took(time.monotonic() - began)
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        if not self._persistent:
            self._connection.close()
        return response.status, text


@dataclass
class Site:
    """Where the service is.

    :param url: the address of its proxy. The host in it is what requests name.
    :param certificate: the file with the certificate of a proxy at 127.0.0.1:443.
    """

    url: str
    password: str
    certificate: str | None
    report: Report = field(default_factory=Report)

    @property
    def host(self) -> str:
        return str(urlsplit(self.url).hostname)

    def connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if not self.certificate:
            return http.client.HTTPConnection("127.0.0.1", parts.port, timeout=TIMEOUT)
        context = ssl.create_default_context(cafile=self.certificate)
        # The name leads to no address here, and is that of the certificate nevertheless.
        context.check_hostname = False
        return http.client.HTTPSConnection("127.0.0.1", 443, timeout=TIMEOUT, context=context)

    def took(self, seconds: float) -> None:
        self.report.longest = max(self.report.longest, seconds)

    def log_in(self, client: Client, name: str) -> str:
        body = {"username": name, "password": self.password}
        return str(client.expect(201, "POST", f"{API}/login", body)["token"])


def visits(site: Site, client: Client) -> Callable[[], None]:
    """Log in, list, mint a scoped session, end it, end one's own, and be refused."""

    def visit() -> None:
        token = site.log_in(client, "ann")
        assert client.expect(200, "GET", OWN, token=token)["count"] >= 1
        body = {"name": "script", "permissionFlags": 32, "password": site.password}
        minted = client.expect(201, "POST", OWN, body, token=token)
        client.expect(200, "GET", f"{OWN}/me", token=minted["token"])
        ended = client.expect(200, "DELETE", OWN, {"ids": [minted["id"]]}, token=token)
        assert ended["count"] == 1, ended
        client.expect(401, "GET", f"{OWN}/me", token=minted["token"])
        client.expect(200, "DELETE", f"{OWN}/me", token=token)
        client.expect(401, "GET", OWN, token=token)

    return visit


def reads(site: Site, client: Client) -> Callable[[], None]:
    """Read one's sessions, and post what is refused."""
    token = site.log_in(client, "ann")

    def read() -> None:
        client.expect(200, "GET", f"{OWN}/me", token=token)
        client.expect(200, "GET", OWN, token=token)
        client.expect(400, "POST", OWN, {}, token=token)
        time.sleep(0.02)

    return read


def flips(site: Site, client: Client) -> Callable[[], None]:
    """Turn a switch on and off."""
    token = site.log_in(client, "root")

    def state() -> bool:
        items = client.expect(200, "GET", f"{API}/killswitches", token=token)["items"]
        [found] = [item["state"] for item in items if SWITCH.endswith(f"/{item['id']}")]
        return bool(found)

    def flip() -> None:
        client.expect(200, "PUT", SWITCH, {"password": site.password}, token=token)
        assert state()
        client.expect(200, "DELETE", SWITCH, {"password": site.password}, token=token)
        assert not state()

    return flip


def bans(site: Site, client: Client) -> Callable[[], None]:
    """Log in to the admin, ban somebody there, lift the ban, and log out."""
    token = site.log_in(client, "bob")
    bob = ""

    def ban() -> None:
        nonlocal bob
        client.cookies.clear()
        credentials = {"username": "root", "password": site.password}
        submit(client, "/admin/login/?next=/admin/", "username", credentials)
        bob = bob or _key_of(client, "bob")
        selected = {"_selected_action": bob, "reason": "test"}
        submit(client, USERS, "action", {"action": "ban"} | selected)
        client.expect(403, "GET", OWN, token=token)
        submit(client, USERS, "action", {"action": "lift_ban"} | selected)
        client.expect(200, "GET", OWN, token=token)

    return ban


def _key_of(client: Client, name: str) -> str:
    page = browse(client, f"{USERS}?q={name}")
    return page.split(USERS)[1:][-1].split("/change/")[0].split("/")[-1]


def browse(client: Client, path: str, data: dict[str, str] | None = None) -> str:
    """Open a page, or send a form; return the page, and "" for a redirect."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"Cookie": cookies, "Referer": f"https://{client.site.host}{path}"}
    if data is None:
        status, text = client.send("GET", path, None, headers)
        assert status == 200, f"GET {path}: {status}"
        return text
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    status, text = client.send("POST", path, urlencode(data), form)
    assert status == 302, f"POST {path}: {status} {text}"
    return ""


def submit(client: Client, path: str, name: str, values: dict[str, str]) -> None:
    """Fill in the form that has a field of this name, with fields of a later version as well."""
    parser = _Form(name)
    parser.feed(browse(client, path))
    browse(client, path, parser.values | values)


class _Form(HTMLParser):
    """Collects what the form with a certain field would send."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._wanted = name
        self._current: dict[str, str] = {}
        self._names: set[str] = set()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._current, self._names = {}, set()
        name = given.get("name")
        if tag in {"input", "textarea", "select"} and name:
            self._names.add(name)
            kind = given.get("type")
            if tag == "input" and kind != "submit" and (kind != "checkbox" or "checked" in given):
                self._current[name] = given.get("value") or ("on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._wanted in self._names:
            self.values = self._current


JOURNEYS = {"visits": visits, "reads": reads, "flips": flips, "bans": bans}


class Repeated(threading.Thread):
    """Runs a journey over and over, and reports each time that it fails."""

    def __init__(self, site: Site, journey: str, ended: threading.Event, persistent: bool) -> None:
        super().__init__(name=f"{journey}, {'one connection' if persistent else 'new connections'}")
        self._site = site
        self._journey = JOURNEYS[journey]
        self._ended = ended
        self._persistent = persistent
        self.began = threading.Event()

    def run(self) -> None:
        report = self._site.report
        with closing(Client(self._site, persistent=self._persistent)) as client:
            walk: Callable[[], None] | None = None
            is_last = False
            while not is_last:
                is_last = self._ended.is_set()
                try:
                    walk = walk or self._journey(self._site, client)
                    walk()
                except Exception as error:
                    report.failed.append(f"{time.strftime('%X')} {self.name}: {error!r}")
                    time.sleep(0.1)
                else:
                    report.completed[self.name] = report.completed.get(self.name, 0) + 1
                self.began.set()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("password")
    parser.add_argument("--certificate")
    parser.add_argument("journeys", nargs="+", choices=JOURNEYS)
    arguments = parser.parse_args()
    site = Site(arguments.url, arguments.password, arguments.certificate)
    ended = threading.Event()
    threads = [
        Repeated(site, journey, ended, persistent)
        for journey in arguments.journeys
        # The other journeys change what all of them would see.
        for persistent in ((True, False) if journey == "reads" else (True,))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.began.wait()
    print("Each journey was completed.", flush=True)
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()
    print(json.dumps(vars(site.report)))


if __name__ == "__main__":
    main()
