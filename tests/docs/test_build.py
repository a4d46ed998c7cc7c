"""The manual builds without warnings, and its generated pages are complete."""

import html
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from killswitches.registry import registry
from sessions_api.conf import ApiSettings
from sessions_api.exceptions import ApiError
from sessions_api.scopes import Scope
from sessions_api.urls import v5
from tests.manual import build
from tests.paths import ROOT
from tests.policy_table import endpoints

PACKAGES = ("cumulonimbus", "killswitches", "sessions_api")
#: The page of each app's checks, by the app label in their ids.
CHECKS = {
    "sessions_api": "sessions_api/checks",
    "second_factors": "sessions_api/second_factors/checks",
    "killswitches": "killswitches/checks",
    "sessions_api_incidents": "sessions_api/incidents/checks",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the manual, and return its folder. The build also checks links."""
    folder = tmp_path_factory.mktemp("manual")
    build(folder)
    return folder


def text(built: Path, page: str) -> str:
    """Return the text of a page without markup."""
    return html.unescape(re.sub(r"<[^>]+>", "", (built / f"{page}.html").read_text()))


def words(built: Path, page: str) -> set[str]:
    return set(re.findall(r"[\w.]+\w", text(built, page)))


def test_no_placeholder_is_left(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 50
    assert [page.name for page in pages if "from code:" in page.read_text()] == []


def test_every_error_is_there(built: Path) -> None:
    def codes(error: type[ApiError]) -> set[str]:
        own = {error.code} if hasattr(error, "code") else set()
        return own.union(*map(codes, error.__subclasses__()))

    assert len(codes(ApiError)) > 15
    assert codes(ApiError) - words(built, "reference/errors") == set()


def test_every_setting_is_there(built: Path) -> None:
    assert set(ApiSettings.__annotations__) - words(built, "reference/settings") == set()


def test_every_scope_is_there(built: Path) -> None:
    assert {scope.name for scope in Scope} - words(built, "reference/scopes") == set()


def test_every_switch_is_there(built: Path) -> None:
    assert {switch.name for switch in registry} - words(built, "reference/kill-switches") == set()


def test_every_command_is_there(built: Path) -> None:
    ours = {name for name, app in get_commands().items() if app.split(".")[0] in PACKAGES}
    assert len(ours) > 5
    assert ours - words(built, "reference/commands") == set()


def test_every_check_is_there(built: Path) -> None:
    ids = {
        f"{label}.{number}"
        for label, place in CHECKS.items()
        for path in [ROOT / f"{place}.py", *(ROOT / place).glob("*.py")]
        if path.is_file()
        for number in re.findall(r"\b[EWI]\d{3}\b", path.read_text())
    }
    assert len(ids) > 20
    assert ids - words(built, "reference/checks") == set()


def test_every_endpoint_is_there(built: Path) -> None:
    policies, described = text(built, "reference/policies"), text(built, "reference/api/v5")
    routed = list(endpoints(v5.urlpatterns))
    assert len(routed) > 20
    for method, path, _, _ in routed:
        assert f"{method} {path}" in policies
        as_described = re.sub(r":(\w+)", r"{\1}", path)
        assert f"{method} {as_described}" in described
