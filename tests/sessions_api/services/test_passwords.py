"""Choosing a password with a mailed link, while something else happens to the account."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.test import Client as Browser
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from sessions_api.exceptions import InvalidUser
from sessions_api.models import AuditEvent
from sessions_api.services import passwords
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.securing import password_mark, secure_account

pytestmark = pytest.mark.django_db

CHOSEN = "a password of my own choice"
STAFF = Actor(name="the staff on duty")


@pytest.fixture
def choose(ann: Any) -> Callable[[], Any]:
    """Open the link that was mailed to Ann, and return a function that chooses a password there."""
    uid = urlsafe_base64_encode(str(ann.pk).encode())
    link = reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(ann)])

    def opened() -> Callable[[], Any]:
        browser = Browser()
        page = browser.get(link, follow=True)
        path = page.redirect_chain[-1][0]
        fields = {"new_password1": CHOSEN, "new_password2": CHOSEN}
        return lambda: browser.post(path, fields)

    return opened


def account() -> Any:
    return get_user_model().objects.get(username="ann")


def test_the_owner_is_the_actor(ann: Any, choose: Any) -> None:
    assert choose()().status_code == 302
    assert account().check_password(CHOSEN)
    event = AuditEvent.objects.get(kind="password_changed")
    assert (event.actor, event.subject, event.address) == (ann, ann, "127.0.0.1")


def test_a_link_works_once(choose: Any) -> None:
    first, second = choose(), choose()
    assert first().status_code == 302
    assert not second().context["validlink"]


def secure(ann: Any) -> None:
    secure_account(ann, actor=STAFF, reason="hijacked", mark=password_mark(ann), ban=True)


def ban(ann: Any) -> None:
    set_banned(ann, True, actor=STAFF)


def correct_address(ann: Any) -> None:
    type(ann).objects.update(email="ann@example.org")


@pytest.mark.parametrize(
    ("operation", "holds"), [(secure, False), (ban, True), (correct_address, False)]
)
def test_concurrent_operations_are_not_undone(
    ann: Any, choose: Any, monkeypatch: pytest.MonkeyPatch, operation: Any, holds: bool
) -> None:
    send = choose()

    def hashed(raw: str | None) -> str:
        monkeypatch.undo()
        operation(ann)
        return make_password(raw)

    monkeypatch.setattr(passwords, "make_password", hashed)
    answer = send()
    assert answer.status_code == (302 if holds else 200)
    now = account()
    assert now.check_password(CHOSEN) is holds
    assert now.is_active is (operation is correct_address)
    assert now.email == ("ann@example.org" if operation is correct_address else "ann@example.com")
    assert holds or not answer.context["validlink"]


class Witness:
    """A validator that records new passwords."""

    told: ClassVar[list[tuple[str, Any]]] = []

    def validate(self, password: str, user: Any = None) -> None:
        """Accept any password."""

    def get_help_text(self) -> str:
        return ""

    def password_changed(self, password: str, user: Any = None) -> None:
        self.told.append((password, user))


def test_validators_are_notified_except_of_unusable_passwords(ann: Any, settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": f"{__name__}.{Witness.__name__}"}]
    Witness.told.clear()
    passwords.change_password(ann, CHOSEN, actor=STAFF)
    passwords.change_password(ann, None, actor=STAFF)
    assert Witness.told == [(CHOSEN, ann)]


def test_a_deleted_account_gets_no_password(ann: Any) -> None:
    get_user_model().objects.filter(pk=ann.pk).delete()
    with pytest.raises(InvalidUser):
        passwords.change_password(ann, CHOSEN, actor=STAFF)
