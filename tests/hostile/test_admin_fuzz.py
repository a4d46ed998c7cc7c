"""Fuzzing the admin: no request causes a server error."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlsafe_base64_encode

from cumulonimbus.serving.requests import SafeWSGIRequest
from killswitches.models import SwitchFlip
from killswitches.registry import registry
from killswitches.services import set_switch
from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import SecondFactor
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from tests.api import Login
from tests.browser import browser_of
from tests.hostile.fuzzer import Fuzzer, Sent
from tests.hostile.odd_requests import OddFuzzer

pytestmark = pytest.mark.django_db

# Takes half a minute, and with different seeds has found every known fault.
COUNT = 800
SEED = 1
#: The limits for one request: seconds of CPU time, and queries.
SECONDS, QUERIES = 2.0, 60
LogIn = Callable[..., Login]


@pytest.fixture
def ids(root: Any, ann: Any, bob: Any, log_in: LogIn) -> dict[str, list[Any]]:
    """Create a row of each model with pages, and return the keys by prefix of the path."""
    sessions = [log_in(ann).session, log_in(ann, permission_flags=32).session, log_in(bob).session]
    group = Group.objects.create(name="Helpers")
    factor = SecondFactor.objects.create(user=bob, type="totp", name="Phone", secret=b"x")
    set_switch(next(iter(registry)), True, actor=root, reason="a drill")
    ending = begin_bulk_sign_out(
        "00000000-0000-0000-0000-000000000001",
        actor=Actor(root),
        reason="a drill",
        what="All sessions",
        criteria={"kind": "filter", "query": ""},
        spares_superusers=True,
        expected=3,
    )
    return {
        "user": [ann.pk, bob.pk, root.pk],
        "group": [group.pk],
        "bulksignout": [ending.pk],
        "auditevent": [AuditEvent.objects.values_list("pk", flat=True)[0], "csv", "jsonl"],
        "secondfactor": [factor.pk],
        "switchflip": list(SwitchFlip.objects.values_list("pk", flat=True)),
        "usersession": [session.pk for session in sessions],
        "content_type": [ContentType.objects.get_for_model(Group).pk, group.pk],
    }


def failures(requests: Iterator[Sent], browser: Browser, written: io.StringIO) -> list[str]:
    """Return the requests that fail or take too long. Each request is rolled back."""
    browser.raise_request_exception = False
    cookies = dict(browser.cookies)
    found = []
    for sent in requests:
        browser.cookies.update(cookies)
        began = time.process_time()
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            response = sent.send(browser)
            if response.streaming:
                b"".join(response)
            transaction.set_rollback(True)
        seconds = time.process_time() - began
        log = written.getvalue()
        written.seek(0)
        written.truncate()
        if response.status_code >= 500 or "Traceback" in log:
            found.append(f"{response.status_code} {sent!r:.600} {log[-200:]}")
        if seconds > SECONDS or len(queries) > QUERIES:
            found.append(f"{seconds:.1f} s, {len(queries)} queries {sent!r:.600}")
    return found


def test_requests_of_a_superuser(root: Any, ids: Any, written: io.StringIO) -> None:
    fuzzer = Fuzzer(SEED, ids, browser_of(root))
    assert failures(fuzzer.requests(COUNT), browser_of(root), written) == []


def test_requests_of_staff_with_half_of_the_permissions(
    root: Any, staff: Any, ids: Any, written: io.StringIO
) -> None:
    half = Permission.objects.order_by("codename").values_list("codename", flat=True)[::2]
    fuzzer = Fuzzer(SEED + 1, ids, browser_of(root))
    assert failures(fuzzer.requests(COUNT // 2), browser_of(staff, *half), written) == []


def test_requests_with_malformed_headers_and_bodies(
    root: Any, ann: Any, ids: Any, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They pass the CSRF protection, as anybody can with a forged token."""
    # The project's, which survives a query beside an encoding of no text.
    monkeypatch.setattr("django.test.client.WSGIRequest", SafeWSGIRequest)
    link = default_token_generator.make_token(ann)
    ids |= {"uidb64": [urlsafe_base64_encode(str(ann.pk).encode()), link, "set-password"]}
    found = []
    for seed, user in enumerate((root, None), SEED):
        browser = Browser(enforce_csrf_checks=True)
        if user:
            browser.force_login(user)
        session = browser.session
        session[INTERNAL_RESET_SESSION_TOKEN] = link
        session.save()
        fuzzer = OddFuzzer(seed, ids, browser_of(root), str(session.session_key))
        found += failures(fuzzer.requests(COUNT), browser, written)
    assert found == []
