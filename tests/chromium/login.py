"""The pages of the admin's login."""

from playwright.sync_api import Page

from tests.cast import PASSWORD


def give_password(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Username:").fill("sam")
    page.get_by_label("Password:").fill(password)
    submit(page)


def submit(page: Page) -> None:
    page.get_by_role("button", name="Log in").click()
