"""Lists render no form widget for each row."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.forms import CheckboxInput
from django.test import Client as Browser
from django.utils.safestring import SafeString, mark_safe

from sessions_api.admin import UserSessionAdmin
from sessions_api.models import UserSession
from tests.admin_paths import SESSIONS, USERS
from tests.api import Login

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]


class ThemedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Has its own checkboxes, as the base classes of themes have."""

    def action_checkbox(self, obj: Any) -> SafeString:
        return mark_safe("<input class='theme'>")


def test_checkboxes_are_those_of_django(ann: Any, log_in: LogIn) -> None:
    session = log_in(ann, name="<b>").session
    site = AdminSite()
    django = admin.ModelAdmin(UserSession, site).action_checkbox(session)
    ours = UserSessionAdmin(UserSession, site).action_checkbox(session)

    def parts(checkbox: str) -> list[str]:
        return sorted(checkbox.removeprefix("<input ").removesuffix(">").split('" '))

    assert "&lt;b&gt;" in ours
    assert parts(ours.replace('">', '" >')) == parts(django.replace('">', '" >'))


@pytest.mark.parametrize("path", [SESSIONS, USERS])
def test_checkboxes_take_no_template(
    admin_client: Browser, ann: Any, log_in: LogIn, path: str
) -> None:
    log_in(ann)
    response = admin_client.get(path)
    assert 'class="action-select"' in response.content.decode()
    assert CheckboxInput.template_name not in {one.name for one in response.templates}


def test_checkboxes_of_themes_are_kept(ann: Any, log_in: LogIn) -> None:
    themed = type("Themed", (UserSessionAdmin, ThemedAdmin), {})
    checkbox = themed(UserSession, AdminSite()).action_checkbox(log_in(ann).session)
    assert checkbox == "<input class='theme'>"
