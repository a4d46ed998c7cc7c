"""Operations in the admin that wait for a locked account while the actor loses authority."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client as Browser

from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import SecondFactor
from sessions_api.services.securing import password_mark
from tests.admin_paths import USERS
from tests.api import Login
from tests.browser import alive, browser_of, page_of, select
from tests.held_up import held_up

pytestmark = pytest.mark.django_db(transaction=True)

PERMISSIONS = (
    "change_user",
    "view_user",
    "delete_user",
    "delete_usersession",
    "view_secondfactor",
    "delete_secondfactor",
)

Operation = Callable[[Browser, Any], Any]


def ban(browser: Browser, user: Any) -> Any:
    return browser.post(USERS, select("ban", user, reason="Spam"))


def ban_on_the_page(browser: Browser, user: Any) -> Any:
    return browser.post(page_of(user, "ban"), {"reason": "Spam", "end_sessions": "on"})


def reset_login_limits(browser: Browser, user: Any) -> Any:
    return browser.post(page_of(user, "reset_login_limits"), {"reason": "Forgot it"})


def delete(browser: Browser, user: Any) -> Any:
    return browser.post(page_of(user, "delete"), {"post": "yes"})


def delete_from_the_list(browser: Browser, user: Any) -> Any:
    return browser.post(USERS, select("delete_selected", user, post="yes"))


def set_password(browser: Browser, user: Any) -> Any:
    posted = {"password1": "a new one 123", "password2": "a new one 123", "usable_password": "true"}
    return browser.post(f"{USERS}{user.pk}/password/", posted)


def end_all_sessions(browser: Browser, user: Any) -> Any:
    page = browser.get(f"/admin/sessions_api/usersession/of/{user.pk}/end/")
    hidden = {field.html_name: field.value() for field in page.context["form"].hidden_fields()}
    return browser.post(page.context["form_url"], hidden | {"reason": "a drill"})


def secure(browser: Browser, user: Any) -> Any:
    posted = {"reason": "phished", "password": "unusable", "mark": password_mark(user)}
    return browser.post(page_of(user, "secure"), posted)


def give_powers(browser: Browser, user: Any) -> Any:
    group, _ = Group.objects.get_or_create(name="Powerful")
    given = {"is_staff": "on", "is_superuser": "on", "groups": [group.pk]}
    posted = {"username": user.username, "email": user.email, "is_active": "on"}
    return browser.post(page_of(user), posted | given)


def remove_factors(browser: Browser, user: Any) -> Any:
    factor = SecondFactor.objects.get(user=user.pk)
    return browser.post(page_of(factor, "delete"), {"confirmed": "yes", "reason": "lost"})


OPERATIONS: list[Operation] = [
    ban,
    ban_on_the_page,
    reset_login_limits,
    delete,
    delete_from_the_list,
    set_password,
    end_all_sessions,
    secure,
    give_powers,
    remove_factors,
]


@pytest.mark.parametrize(
    "loss",
    [
        {"is_active": False},
        {"is_staff": False},
        {"is_superuser": False},
        {"password": "!secured"},
    ],
    ids=str,
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_is_changed(
    operation: Operation, loss: dict[str, Any], ann: Any, me: Login, root: Any, enrol_app: Any
) -> None:
    enrol_app(ann)
    browser = browser_of(root)

    def lose(user: Any) -> None:
        get_user_model().objects.filter(pk=root.pk).update(**loss)

    before = AuditEvent.objects.count()
    assert held_up(lambda: operation(browser, ann), lose, ann).status_code == 403
    now = get_user_model().objects.get(pk=ann.pk)
    assert (now.is_active, now.password) == (True, ann.password)
    assert (now.is_staff, now.is_superuser, now.groups.count()) == (False, False, 0)
    assert SecondFactor.objects.count() == 1
    assert alive(me) == [True]
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one is not give_powers])
def test_nothing_is_changed_without_the_permissions(
    operation: Operation, ann: Any, me: Login, newcomer: Any, enrol_app: Any
) -> None:
    enrol_app(ann)
    browser = browser_of(newcomer, *PERMISSIONS)
    page = held_up(
        lambda: operation(browser, ann), lambda _: newcomer.user_permissions.clear(), ann
    )
    assert page.status_code == 403
    now = get_user_model().objects.get(pk=ann.pk)
    assert (now.is_active, now.password) == (True, ann.password)
    assert SecondFactor.objects.count() == 1
    assert alive(me) == [True]


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one is not end_all_sessions])
def test_an_account_promoted_in_the_meantime(
    operation: Operation, ann: Any, newcomer: Any, enrol_app: Any
) -> None:
    enrol_app(ann)
    browser = browser_of(newcomer, *PERMISSIONS)

    def promote(user: Any) -> None:
        get_user_model().objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)

    assert held_up(lambda: operation(browser, ann), promote, ann).status_code == 403
    now = get_user_model().objects.get(pk=ann.pk)
    assert (now.is_active, now.password) == (True, ann.password)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_otherwise_the_operation_succeeds(
    operation: Operation, ann: Any, me: Login, root: Any, enrol_app: Any
) -> None:
    enrol_app(ann)
    browser = browser_of(root)
    before = get_user_model().objects.filter(pk=ann.pk).values().get()
    assert held_up(lambda: operation(browser, ann), lambda user: None, ann).status_code == 302
    after = get_user_model().objects.filter(pk=ann.pk).values().first()
    is_done = after != before or alive(me) == [False] or not SecondFactor.objects.exists()
    is_reset = AuditEvent.objects.filter(kind=AuditEvent.Kind.LOGIN_LIMITS_RESET).exists()
    assert is_done or is_reset
