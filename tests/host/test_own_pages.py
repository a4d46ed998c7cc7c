"""A host can override the apps' templates and static files."""

import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client as HttpClient
from django.test import override_settings

from tests.host.callers import LogIn
from tests.host.models import Member

OURS = ("killswitches", "sessions_api")


def names(folder: str) -> list[str]:
    """Return the names of all files in the apps' folders of this name."""
    roots = [Path(apps.get_app_config(app).path) / folder for app in OURS]
    return [
        path.relative_to(root).as_posix()
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
    ]


@pytest.fixture(params=["by its settings", "by an app that it names before ours"])
def own(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Return a folder with ``templates/`` and ``static/`` of the host that its settings use."""
    app = tmp_path / "house_style"
    for folder in ("templates", "static"):
        for name in names(folder):
            path = app / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("The host's own.")
    if request.param == "by its settings":
        templates = copy.deepcopy(settings.TEMPLATES)
        templates[0]["DIRS"] = [app / "templates"]
        changes: dict[str, Any] = {"TEMPLATES": templates, "STATICFILES_DIRS": [app / "static"]}
    else:
        (app / "__init__.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        # Each test has its own folder.
        monkeypatch.delitem(sys.modules, app.name, raising=False)
        changes = {"INSTALLED_APPS": [app.name, *settings.INSTALLED_APPS]}
    with override_settings(**changes):
        yield app


def test_the_hosts_template_has_precedence(own: Path) -> None:
    ours = names("templates")
    assert "admin/killswitches/confirmation.html" in ours
    assert "admin/sessions_api/usersession/pagination.html" in ours
    found = {name: get_template(name).origin.name for name in ours}
    assert found == {name: str(own / "templates" / name) for name in ours}


def test_the_hosts_static_file_has_precedence(own: Path) -> None:
    ours = names("static")
    assert "killswitches/switches.css" in ours
    assert "sessions_api/sessions.css" in ours
    assert {name: finders.find(name) for name in ours} == {
        name: str(own / "static" / name) for name in ours
    }


def test_the_admin_uses_the_hosts_template(
    own: Path, staff: Member, log_in: LogIn, mia: Member
) -> None:
    log_in(mia)
    browser = HttpClient()
    browser.force_login(staff)
    page = browser.get("/admin/sessions_api/usersession/").content.decode()
    assert "mia@example.com" in page
    assert "The host's own." in page
