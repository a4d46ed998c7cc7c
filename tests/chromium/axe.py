"""axe-core, an accessibility checker."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

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
