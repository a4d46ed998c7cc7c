"""Visitors of a newcomer's project, at its development server.

They do what the page for newcomers prints, and look around in the admin.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from tests.as_printed.browser import Answer, Browser
from tests.as_printed.project import (
    PASSWORD,
    PRINTED_ADDRESS,
    Project,
    filled_in,
    ids_of,
    printed_commands,
)

PAGE = "add-to-your-project"
REFUSED = {"code": "INVALID_SESSION_ERROR", "message": "Invalid Session"}


class Visitor:
    """Calls the API and the admin of a project that is being served.

    :param name: the login name of the superuser.
    :param prefix: where the project has mounted the API.
    """

    def __init__(self, project: Project, address: str, name: str, prefix: str) -> None:
        self.project = project
        self.address = address
        self.name = name
        self.prefix = prefix
        self.login, *self.calls = [
            line for line in printed_commands(PAGE) if line.startswith("curl")
        ]
        assert len(self.calls) == 3

    def call(self, line: str, *values: str) -> dict[str, object]:
        """Run a printed call with these values in place of what it leaves open."""
        there = line.replace(f"{PRINTED_ADDRESS}/auth", f"{self.address}{self.prefix}")
        return dict(json.loads(self.project.run(filled_in(there, *values))))

    def log_in(self) -> str:
        """Run the printed login, and return the token."""
        return str(self.call(self.login, self.name, PASSWORD)["token"])

    def log_in_list_and_revoke(self) -> None:
        """Run all printed calls."""
        token = self.log_in()
        listed, ended, refused = (self.call(line, token) for line in self.calls)
        assert listed["count"] == 1
        assert ended["code"] == "DELETE_SESSION_SUCCESS"
        assert refused == REFUSED

    def walk_admin(self, path: str = "/admin/", *, most: int = 30) -> tuple[Browser, list[Answer]]:
        """Log in to an admin site, and open its pages.

        :returns: the browser that is logged in, and the pages.
        """
        browser = Browser()
        form = browser.get(self.address + path)
        front = browser.submit(form, "password", username=self.name, password=PASSWORD)
        assert front.url == self.address + path, front.text
        pages = browser.walk(front.url, most)
        failed = {page.url: page.status for page in pages if page.status != 200}
        assert failed == {}, self.project.logged()
        return browser, pages

    def end_sessions_in_admin(self, path: str = "/admin/") -> list[Answer]:
        """Walk through an admin site, and end the session of a login there.

        :returns: the pages.
        """
        token = self.log_in()
        browser, pages = self.walk_admin(path)
        [listed] = [
            page for page in pages if page.url == f"{self.address}{path}sessions_api/usersession/"
        ]
        [key] = listed.form_with("_selected_action").offered["_selected_action"]
        choice = {"action": "delete_selected", "index": "0", "_selected_action": key}
        asked = browser.submit(listed, "_selected_action", **choice)
        assert "1 session" in asked.text
        assert browser.submit(asked, "reason", reason="A test").status == 200
        assert self.call(self.calls[-1], token) == REFUSED
        ended = browser.get(f"{listed.url}?state=ended")
        assert ended.status == 200, self.project.logged()
        return [*pages, ended]


@contextmanager
def visiting(
    project: Project, *, name: str = "ann", prefix: str = "/auth", warned: Collection[str] = ()
) -> Iterator[Visitor]:
    """Serve a project, in which nothing may fail, and yield a visitor.

    :param warned: the ids of what the system checks find.
    """
    with project.serve() as address:
        yield Visitor(project, address, name, prefix)
    log = project.logged()
    assert "Traceback" not in log, log
    assert "System check identified" in log
    assert ids_of(log) == set(warned), log


def log_in_list_and_revoke(project: Project, **options: Any) -> None:
    """Serve a project, and have a visitor do what the page prints."""
    with visiting(project, **options) as visitor:
        visitor.log_in_list_and_revoke()
