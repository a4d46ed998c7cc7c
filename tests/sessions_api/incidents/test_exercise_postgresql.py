"""An exercise, by commands alone: tokens are stolen from a network, among a million sessions."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from sessions_api.incidents.models import Incident
from sessions_api.models import UserSession
from sessions_api.notices.models import Notice
from sessions_api.passwords.marks import UNUSABLE
from tests.api import Api
from tests.big_table import drop_foreign_keys
from tests.cast import PASSWORD
from tests.sessions_api.incidents.services import NETWORK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_mail")]

Run = Callable[..., tuple[str, str]]

SESSIONS, USERS = 1_000_000, 20_000
FIRST_USER = 1_700_000_000_000
#: Every so many sessions one is in the attacker's network, and one in its neighbour's.
PACE = 500
STOLEN = SESSIONS // PACE


@pytest.fixture
def _million() -> None:
    """Create users, of whom every tenth has no address, and their sessions."""
    now = int(timezone.now().timestamp())
    with connection.cursor() as cursor:
        # Within the transaction of the test, at whose end a million of them would be checked.
        drop_foreign_keys(cursor)
        cursor.execute(f"""
            INSERT INTO {get_user_model()._meta.db_table}
                (id, username, email, password, is_superuser, is_staff, is_active)
            SELECT {FIRST_USER} + n, 'user' || n,
                CASE WHEN n % 10 = 0 THEN NULL ELSE 'user' || n || '@example.com' END, '!',
                false, false, true
            FROM generate_series(0, {USERS} - 1) AS n;

            INSERT INTO {UserSession._meta.db_table}
                (user_id, sid, jti, name, dialect, address, location, user_agent, browser,
                 browser_version, platform, os, os_version, is_dev, created_at, expires_at,
                 password_mark)
            SELECT {FIRST_USER} + n * 7919::bigint % {USERS}, {now} - n, gen_random_uuid(), 'x',
                'v5',
                CASE n % {PACE} WHEN 0 THEN '203.0.113.0'::inet + (n / {PACE}) % 256
                    WHEN 1 THEN '203.0.114.0'::inet + (n / {PACE}) % 256
                    ELSE '10.0.0.0'::inet + n * 40503::bigint % (1 << 24) END,
                CASE n % {PACE} WHEN 0 THEN 'Lyon, France' ELSE 'Rome, Italy' END, '',
                CASE n % {PACE} WHEN 0 THEN 'curl' ELSE 'Firefox' END, '', '', 'Linux', '', false,
                to_timestamp({now} - n), to_timestamp({now} + 86400), '{UNUSABLE}'
            FROM generate_series({SESSIONS} - 1, 0, -1) AS n;

            ANALYZE {get_user_model()._meta.db_table}, {UserSession._meta.db_table};
        """)  # noqa: S608 - made of constants


def in_network(network: str) -> Any:
    return UserSession.objects.extra(where=["address <<= %s::inet"], params=[network])


@pytest.mark.usefixtures("_million")
def test_tokens_are_stolen_from_a_network_since_ten_past_two(
    run: Run, ann: Any, tmp_path: Path
) -> None:
    owners = set(in_network(NETWORK).values_list("user_id", flat=True))
    since = (timezone.now() - timedelta(hours=2)).isoformat()
    assert in_network(NETWORK).count() == STOLEN

    opened = json.loads(
        run("open", "Stolen tokens", "--since", since, "--network", NETWORK, "--json")[0]
    )
    incident = Incident.objects.get(pk=opened["id"])
    shown = run("preview", incident.pk)[0].splitlines()
    assert shown[1] == f"Active: {STOLEN:,} sessions of {len(owners):,} users"
    assert shown[2:4] == [f"Locations: Lyon, France ({STOLEN:,})", f"Browsers: curl ({STOLEN:,})"]

    out = run("end", incident.pk, "--reason", "tokens are stolen", "--no-input")[0]
    assert out == f"Ended {STOLEN:,} sessions.\n"
    # Those of the neighbours go on, and so do all others.
    assert not in_network(NETWORK).exists()
    assert in_network("203.0.114.0/24").count() == STOLEN
    assert UserSession.objects.count() == SESSIONS - STOLEN

    why = "thieves log in again"
    call_command("killswitch", "on", "ACCOUNT_LOGIN", "--network", NETWORK, "--reason", why)
    body = {"username": "ann", "password": PASSWORD}
    assert Api(address="203.0.113.7")("POST", "/login", body).status_code == 503
    assert Api(address="203.0.114.7")("POST", "/login", body).status_code == 201

    reachable = {one for one in owners if (one - FIRST_USER) % 10}
    out = run("tell", incident.pk, "--text", "Please log in again.", "--no-input")[0]
    assert out.startswith(f"Wrote mails to {len(reachable):,} owners. ")
    told = Notice.objects.filter(kind="incident").values_list("user_id", flat=True)
    assert sorted(told) == sorted(reachable)

    file = tmp_path / "report.txt"
    run("report", incident.pk, "--output", file)
    report = file.read_text("utf-8")
    for part in (
        f"Incident {incident.pk}: Stolen tokens\n",
        f"Sessions that match: network “{NETWORK}”",
        f"Before sign-out {incident.sign_outs.get().pk}:\nActive: {STOLEN:,} sessions of",
        f"tokens are stolen ({STOLEN:,} of {STOLEN:,} sessions ended, finished)",
        f"ACCOUNT_LOGIN: {why} (only for network {NETWORK})",
        f"Affected: {len(owners):,}. Not told yet: 0.",
        "Please log in again.",
        "Owners told of an incident",
    ):
        assert part in report, part
    # What was done is on the timeline in its order.
    steps = ["Incident opened", "Sign-out", "Kill switch turned on", "Owners told", "Report of"]
    timeline = report[report.index("\nTimeline\n") :]
    assert [timeline.index(one) for one in steps] == sorted(timeline.index(one) for one in steps)
