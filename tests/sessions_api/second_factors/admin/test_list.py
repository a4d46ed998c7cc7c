"""The list of second factors in the admin, and their summary on users' pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from sessions_api.second_factors.models import BackupCode, SecondFactor
from tests.admin_paths import SECOND_FACTORS, USERS
from tests.browser import browser_of, page_of, state_on
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

EnrolApp = Callable[..., App]
EnrolKey = Callable[..., Authenticator]


@pytest.fixture
def window(staff: Any) -> Browser:
    """The browser of a staff user who may view users and their second factors."""
    return browser_of(staff, "view_secondfactor", "view_user")


def test_rows_show_owner_and_type(window: Browser, ann: Any, enrol_app: EnrolApp) -> None:
    enrol_app(ann, name="<b>phone</b>")
    page = window.get(SECOND_FACTORS).content.decode()
    assert "&lt;b&gt;phone" in page
    assert "<b>phone" not in page
    assert f'<a href="/admin/cumulonimbus/user/{ann.pk}/change/">ann</a>' in page
    assert '<td class="field-type">authenticator app</td>' in page


def test_secrets_are_neither_shown_nor_searchable(
    window: Browser, ann: Any, enrol_app: EnrolApp, enrol_key: EnrolKey
) -> None:
    app, key = enrol_app(ann), enrol_key(ann)
    secrets = [app.secret, key.id, *BackupCode.objects.values_list("digest", flat=True)]
    secrets += SecondFactor.objects.values_list("secret", flat=True)
    pages = [page_of(factor) for factor in SecondFactor.objects.all()]
    for url in (SECOND_FACTORS, *pages, page_of(ann), USERS):
        page = window.get(url).content.decode()
        assert "ann" in page
        assert not any(secret in page for secret in secrets)
    for lookup in ("secret__startswith", "credential_id", "user__password__startswith"):
        assert window.get(SECOND_FACTORS, {lookup: "a"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"phone", "key", "bob's"}),
        ({"q": "ann"}, {"phone", "key"}),
        ({"q": "bob's"}, {"bob's"}),
        ({"type__exact": "totp"}, {"phone", "bob's"}),
        ({"type__exact": "rubbish"}, set()),
        ({"user": "nobody"}, set()),
    ],
)
def test_search_and_filters(
    window: Browser,
    ann: Any,
    bob: Any,
    enrol_app: EnrolApp,
    enrol_key: EnrolKey,
    query: dict[str, str],
    names: set[str],
) -> None:
    enrol_app(ann, name="phone")
    enrol_key(ann, name="key")
    enrol_app(bob, name="bob's")
    found = window.get(SECOND_FACTORS, query).context["cl"].result_list
    assert {factor.name for factor in found} == names


def test_factors_cannot_be_added_or_changed(make_user: Any, ann: Any, enrol_app: EnrolApp) -> None:
    browser = browser_of(make_user("root", is_staff=True, is_superuser=True))
    factor = enrol_app(ann).factor
    assert factor
    assert browser.get(f"{SECOND_FACTORS}add/").status_code == 403
    assert browser.post(page_of(factor), {"name": "mine"}).status_code == 403


def test_staff_without_permission_see_nothing(staff: Any, ann: Any, enrol_app: EnrolApp) -> None:
    browser, factor = browser_of(staff), enrol_app(ann).factor
    assert factor
    pages = (
        SECOND_FACTORS,
        page_of(factor),
        page_of(factor, "delete"),
        f"{SECOND_FACTORS}of/{ann.pk}/remove/",
    )
    assert [browser.get(page).status_code for page in pages] == [403] * 4


class TestUsers:
    def summary(self, window: Browser, user: Any) -> str:
        """Return the column of the list, after comparing it with the state on the user's page."""
        page = window.get(USERS, {"q": user.username}).content.decode()
        column = page.partition('<td class="field-second_factors">')[2].partition("</td>")[0]
        state = state_on(window.get(page_of(user)))["Second factors"]
        assert column == {"none": "-"}.get(strip_tags(state), strip_tags(state))
        return column

    def test_types_and_remaining_codes(
        self, window: Browser, ann: Any, enrol_app: EnrolApp, enrol_key: EnrolKey
    ) -> None:
        assert self.summary(window, ann) == "-"
        enrol_app(ann)
        enrol_app(ann, name="old phone")
        assert self.summary(window, ann) == "authenticator app, 10 backup codes"
        enrol_key(ann)
        first = BackupCode.objects.first()
        assert first
        BackupCode.objects.exclude(pk=first.pk).delete()
        assert self.summary(window, ann) == (
            "authenticator app, security key or passkey, 1 backup code"
        )

    def test_the_number_of_queries_does_not_depend_on_the_number_of_users(
        self, window: Browser, make_user: Any, enrol_app: EnrolApp
    ) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert window.get(USERS).status_code == 200
            return len(captured)

        enrol_app(make_user("dora"))
        few = queries()
        for number in range(10):
            enrol_app(make_user(f"user{number}"))
        assert queries() == few

    def test_links_require_the_permission(
        self, staff: Any, ann: Any, bob: Any, enrol_app: EnrolApp
    ) -> None:
        enrol_app(ann)
        listing = f'href="{SECOND_FACTORS}?user={ann.pk}"'
        removal = f'href="{SECOND_FACTORS}of/{ann.pk}/remove/"'

        page = browser_of(staff, "view_user").get(page_of(ann)).content.decode()
        assert (listing in page, removal in page) == (False, False)
        browser = browser_of(staff, "view_user", "view_secondfactor")
        page = browser.get(page_of(ann)).content.decode()
        assert (listing in page, removal in page) == (True, False)
        assert browser.get(f"{SECOND_FACTORS}?user={ann.pk}").context["cl"].result_count == 1
        browser = browser_of(staff, "view_user", "delete_secondfactor")
        assert removal in browser.get(page_of(ann)).content.decode()
        assert "Remove all" not in browser.get(page_of(bob)).content.decode()
        ann.is_superuser = True
        ann.save()
        assert removal not in browser.get(page_of(ann)).content.decode()
