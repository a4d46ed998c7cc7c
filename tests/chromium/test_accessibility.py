"""axe-core on every main page: nothing that keeps people out, in no scheme and on no screen."""

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

#: Which rules there are to be broken: those whose breach keeps somebody from using the page.
IMPACTS = {"serious", "critical"}
#: No preload, for axe would put style sheets into the page whose imports lead nowhere from there.
ALL_RULES = {"resultTypes": ["violations"], "preload": False}
COLOURS = ALL_RULES | {"runOnly": ["color-contrast"]}

#: Faults of Django's own markup: rules, what breaks them, and why that may be.
EXCEPTIONS = {
    # Links and the signs between them, which nobody takes for a sentence.
    "link-in-text-block": "div.breadcrumbs > a",
    # Its label is a picture whose text axe does not count.
    "label-title-only": "#searchbar",
    # An icon in the chooser of groups and permissions, whose fields have labels of their own.
    "aria-prohibited-attr": ".selector .help-tooltip.search-label-icon",
}


def faults(page: Page, options: dict[str, Any]) -> set[tuple[str, ...]]:
    """The rules that a page breaks, each with where and why."""
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
    """The same of the page as it is by day and by night, which differ in their colours alone."""
    found = set()
    for scheme, options in (("light", ALL_RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.getAnimations().forEach(transition => transition.finish())")
        found |= {(scheme, *fault) for fault in faults(page, options)}
    return found


@pytest.mark.parametrize("screen", SCREENS)
def test_no_page_keeps_anybody_out(open_desk: OpenDesk, scene: Scene, screen: str) -> None:
    page = open_desk(scene.root, **SCREENS[screen])
    found = set()
    for name, path in scene.paths.items():
        page.goto(path)
        found |= {(name, *fault) for fault in faults_in_both_schemes(page)}
    assert not found, "\n".join(map(str, sorted(found)))


@pytest.mark.parametrize("screen", SCREENS)
def test_neither_does_the_login(
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
