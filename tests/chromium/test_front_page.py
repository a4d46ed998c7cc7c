"""The front page and Swagger UI, to which it leads."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api import Login
from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.screens import expect_to_fit

OpenPage = Callable[..., Page]


@pytest.mark.django_db
@pytest.mark.parametrize("width", [320, 1280])
def test_the_front_page_fits_and_is_accessible(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 700}, bypass_csp=True)
    page.goto("/")
    expect_to_fit(page)
    assert faults_in_both_schemes(page) == set()
    page.get_by_role("link", name="API documentation").click()
    expect(page).to_have_title("Cumulonimbus v5")


@pytest.mark.django_db
def test_the_title_names_the_dialect_that_is_chosen(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/api/docs/")
    expect(page).to_have_title("Cumulonimbus v5")
    page.get_by_label("Select a definition").select_option(label="Cumulonimbus v3")
    expect(page).to_have_title("Cumulonimbus v3")


@pytest.mark.django_db
def test_a_token_is_kept_over_a_reload(open_page: OpenPage, me: Login, live_server: Any) -> None:
    page = open_page()
    page.goto("/api/docs/")
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".modal-ux")
    dialog.get_by_label("auth-bearer-value").fill(me.token)
    dialog.get_by_role("button", name="Apply credentials").first.click()
    page.reload()
    path = page.locator("[data-path='/users/me/sessions']")
    operation = page.locator(".opblock-get").filter(has=path)
    path.and_(operation.locator("[data-path]")).click()
    operation.get_by_role("button", name="Try it out").click()
    with page.expect_response("**/users/me/sessions*") as answer:
        operation.get_by_role("button", name="Execute").click()
    assert answer.value.status == 200
