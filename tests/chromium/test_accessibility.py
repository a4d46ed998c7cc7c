"""axe-core finds no serious problem on any main page, in both color schemes and on all screens."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.chromium.login import give_password
from tests.chromium.scenery import Scene
from tests.chromium.screens import SCREENS
from tests.sessions_api.second_factors.totp import App

OpenDesk = Callable[..., Page]

axe = Axe()

#: The impacts that fail a test: those that can keep somebody from using the page.
IMPACTS = {"serious", "critical"}
#: Without preloading, because axe would insert style sheets whose relative imports do not resolve.
ALL_RULES = {"resultTypes": ["violations"], "preload": False}
COLOURS = ALL_RULES | {"runOnly": ["color-contrast"]}

#: Accepted violations in Django's own markup, by rule: the elements, and why they are accepted.
EXCEPTIONS = {
    # Links with separators between them, not a sentence.
    "link-in-text-block": "div.breadcrumbs > a",
    # Its label is an image, whose alternative text axe ignores.
    "label-title-only": "#searchbar",
    # An icon in the selector of groups and permissions, whose fields have their own labels.
    "aria-prohibited-attr": ".selector .help-tooltip.search-label-icon",
}


def faults(page: Page, options: dict[str, Any]) -> set[tuple[str, ...]]:
    """Return the rules that a page violates, with the element and the explanation."""
    found = axe.run(page, options=options).response
    return {
        (fault["id"], " ".join(node["target"]), node["failureSummary"])
        for fault in found["violations"]
        for node in fault["nodes"]
        if node["impact"] in IMPACTS and not is_excepted(page, fault["id"], node["target"][0])
    }


def is_excepted(page: Page, rule: str, selector: str) -> bool:
    excepted = EXCEPTIONS.get(rule)
    matches = "(element, selector) => element.matches(selector)"
    return excepted is not None and page.locator(selector).first.evaluate(matches, excepted)


def faults_in_both_schemes(page: Page) -> set[tuple[str, ...]]:
    """Return the violations in the light and the dark scheme, which differ only in colors."""
    found = set()
    for scheme, options in (("light", ALL_RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.getAnimations().forEach(transition => transition.finish())")
        found |= {(scheme, *fault) for fault in faults(page, options)}
    return found


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
