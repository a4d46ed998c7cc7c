"""axe-core finds no serious problem on any main page, in both color schemes and on all screens."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.login import give_password
from tests.chromium.scenery import Scene
from tests.chromium.screens import SCREENS
from tests.sessions_api.second_factors.totp import App

OpenDesk = Callable[..., Page]


@pytest.mark.parametrize("screen", SCREENS)
def test_main_pages_are_accessible(open_desk: OpenDesk, scene: Scene, screen: str) -> None:
    page = open_desk(scene.root, **SCREENS[screen])
    found = set()
    for name, path in scene.paths.items():
        page.goto(path)
        found |= {(name, *fault) for fault in faults_in_both_schemes(page)}
    assert not found, "\n".join(map(str, sorted(found)))


@pytest.mark.parametrize("screen", SCREENS)
def test_the_login_pages_are_accessible(
    open_page: Callable[..., Page],
    staff: Any,
    enrol_app: Callable[..., App],
    screen: str,
) -> None:
    enrol_app(staff)
    page = open_page(**SCREENS[screen])
    page.goto("/admin/")
    found = faults_in_both_schemes(page)
    give_password(page, "a guess")
    page.get_by_text("Please enter the correct").wait_for()
    found |= faults_in_both_schemes(page)
    give_password(page)
    page.get_by_label("Code:").wait_for()
    found |= faults_in_both_schemes(page)
    assert not found, "\n".join(map(str, sorted(found)))
