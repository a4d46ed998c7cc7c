"""What the account pages show in the tests: Ann, logged in on many devices."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.services.audit import Actor, event
from tests.api import Login
from tests.cast import PASSWORD

Kind = AuditEvent.Kind

LOGIN = "/account/login/"
SESSIONS = "/account/"
PASSWORD_PAGE = "/account/password/"
END_ALL = "/account/sessions/end-all/"

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)


def set_scene(ann: Any, log_in: Callable[..., Login]) -> list[Login]:
    """Log Ann in on a phone, a computer and in a script, on different days."""
    now = timezone.now()
    phone = log_in(
        ann,
        client=Client("203.0.113.9", IPHONE),
        location="Lagos, Lagos Nigeria",
        dialect="v5",
        now=now - timedelta(days=3),
        lifetime=timedelta(days=30),
    )
    mac = log_in(
        ann,
        client=Client("2001:db8::7", MAC),
        location="Boxford, England United Kingdom",
        dialect="pages",
        now=now - timedelta(hours=5),
    )
    token = log_in(
        ann,
        client=Client("198.51.100.23", "curl/8.5.0"),
        name="Nightly backup",
        dialect="v5",
        permission_flags=int(Scope.SESSION_READ | Scope.UPLOAD_FILE),
        now=now - timedelta(days=40),
        lifetime=timedelta(days=365),
    )
    UserSession.objects.filter(pk=mac.session.pk).update(used_at=now - timedelta(minutes=4))
    return [phone, mac, token]


def add_second_factors(ann: Any) -> None:
    """Give Ann an authenticator app and a security key, with backup codes."""
    now = timezone.now()
    for kind, name, age, used in (
        ("totp", "My phone", 21, timedelta(minutes=4)),
        ("webauthn", "Key on my key ring", 2, None),
    ):
        factor = SecondFactor.objects.create(user=ann, type=kind, name=name, secret="")
        SecondFactor.objects.filter(pk=factor.pk).update(
            created_at=now - timedelta(days=age), last_used_at=used and now - used
        )
    BackupCode.objects.bulk_create(BackupCode(user=ann, digest=str(number)) for number in range(8))


def record_history(ann: Any) -> None:
    """Record what Ann and the staff have done in the last weeks."""
    phone, mac = Client("203.0.113.9", IPHONE), Client("2001:db8::7", MAC)
    now = timezone.now()
    for kind, client, ago, detail in (
        (Kind.LOGIN, mac, timedelta(days=6), {"location": "Boxford, England United Kingdom"}),
        (Kind.LOGIN, phone, timedelta(days=3), {"location": "Lagos, Lagos Nigeria"}),
        (Kind.NEW_LOCATION, phone, timedelta(days=3), {"location": "Lagos, Lagos Nigeria"}),
        (Kind.LOGIN_FAILED, phone, timedelta(hours=7), {}),
        (Kind.SCOPED_SESSION, mac, timedelta(hours=5), {}),
        (Kind.FACTOR_ENROLLED, mac, timedelta(minutes=50), {"type": "webauthn"}),
        (Kind.CHALLENGE_PASSED, mac, timedelta(minutes=4), {"type": "totp"}),
    ):
        happened = event(kind, Actor(user=ann, client=client), subject=ann, **detail)
        happened.at = now - ago
        happened.save()


def log_in_by_hand(page: Page, password: str = PASSWORD) -> None:
    """Log Ann in with the form of the page."""
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def open_account(page: Page, path: str = SESSIONS) -> Page:
    """Log Ann in, and open a page."""
    page.goto(path)
    log_in_by_hand(page)
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible()
    return page


def place_of(page: Page, name: str) -> Any:
    """Return the entry of the list with a heading."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name))
