"""Enrolments on pages at the same moment, on PostgreSQL."""

import pytest

from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import BackupCode, SecondFactor
from tests.sessions_api.account.visitor import Visitor
from tests.sessions_api.second_factors.account.pages import CONFIRM_APP, begin_app, shown_codes
from tests.sessions_api.second_factors.totp import Clock
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("trial", range(3))
def test_the_same_form_twice(anns: Visitor, totp_clock: Clock, trial: int) -> None:
    app = begin_app(anns, totp_clock)
    twin = Visitor()
    twin.browser.cookies, twin.page = anns.browser.cookies.copy(), anns.page
    code = app.code()
    together(
        *[
            lambda visitor=visitor: visitor.send(CONFIRM_APP, name="My phone", code=code)
            for visitor in (anns, twin)
        ]
    )
    assert sorted(visitor.page.status_code for visitor in (anns, twin)) == [200, 302]
    assert SecondFactor.objects.count() == 1
    assert sorted(len(shown_codes(visitor)) for visitor in (anns, twin)) == [0, 10]
    assert BackupCode.objects.count() == 10


@pytest.mark.parametrize("trial", range(3))
def test_two_apps_on_two_devices(anns: Visitor, totp_clock: Clock, trial: int) -> None:
    """Both had the password before; the backup codes are those of one of them, and shown once."""
    rival = Visitor().log_in()
    apps = {visitor: begin_app(visitor, totp_clock) for visitor in (anns, rival)}
    together(
        *[
            lambda visitor=visitor, app=app: visitor.send(
                CONFIRM_APP, name="My phone", code=app.code()
            )
            for visitor, app in apps.items()
        ]
    )
    assert SecondFactor.objects.count() == 2
    assert AuditEvent.objects.filter(kind="factor_enrolled").count() == 2
    assert sorted(len(shown_codes(visitor)) for visitor in apps) == [0, 10]
    assert BackupCode.objects.count() == 10
