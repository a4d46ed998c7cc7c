"""The whole service over HTTP, under any server."""

from pathlib import Path
from typing import Any

import pytest

from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from sessions_api.models import AuditEvent, UserSession
from tests.cast import PASSWORD
from tests.processes.operator import manage, managing
from tests.processes.server import ADDRESS, Connection, Server, serve

pytestmark = pytest.mark.django_db(transaction=True)

CURRENT = "/users/me/sessions/me"
FLIPS = 100


def test_log_in_and_out(connection: Connection, ann: Any) -> None:
    answer = connection("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert answer.status == 201
    token = answer.body["token"]
    session = UserSession.objects.get(user=ann)
    assert connection("GET", CURRENT, token=token).body["id"] == session.sid
    assert session.address == AuditEvent.objects.get().address == ADDRESS
    assert connection("DELETE", CURRENT, token=token).status == 200
    assert connection("GET", CURRENT, token=token).status == 401


def test_a_switch_flipped_at_the_command_line(connection: Connection, ann: Any) -> None:
    login = ("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert manage("killswitch", "on", "ACCOUNT_LOGIN", "--reason", "drill") == (
        "ACCOUNT_LOGIN is now on.\n"
    )
    refused = connection(*login)
    assert (refused.status, refused.body["feature"]) == (503, ACCOUNT_LOGIN.number)
    manage("killswitch", "off", "ACCOUNT_LOGIN", "--reason", "drill")
    assert connection(*login).status == 201


def test_every_request_after_a_flip_is_affected(
    server: Server, make_user: Any, log_in: Any
) -> None:
    late = []
    with managing() as run, server.connect_to_each_worker() as connections:
        for number in range(FLIPS):
            on = number % 2 == 0
            # A different user each time, because of the rate limits.
            token = log_in(make_user(f"user{number}")).token
            state = "on" if on else "off"
            assert run(f"killswitch {state} GLOBAL --reason drill") == f"GLOBAL is now {state}.\n"
            for connection in connections:
                answer = connection("GET", CURRENT, token=token)
                expected = (503, GLOBAL.number) if on else (200, None)
                if (answer.status, answer.body.get("feature")) != expected:
                    late.append((number, answer))
    assert late == []


def test_the_log_contains_no_secrets(tmp_path: Path, ann: Any, staff: Any, log_in: Any) -> None:
    ended, staff_login = log_in(ann), log_in(staff)
    ended.session.delete()
    wrong = "an old password of mine"
    good = {"username": "ann", "password": PASSWORD}
    with serve(tmp_path) as server, server.connect() as connection:
        token = connection("POST", "/login", good).body["token"]
        answers = [
            connection("POST", "/login", good | {"password": wrong}),
            connection("POST", "/login", good | {"username": PASSWORD}),
            connection("POST", "/login", good | {"password": [PASSWORD]}),
            connection("GET", CURRENT, token=token),
            connection("GET", CURRENT, token=f"{token}x"),
            connection("GET", CURRENT, token=ended.token),
            connection("DELETE", "/killswitches", {"password": wrong}, token=staff_login.token),
            connection("DELETE", "/killswitches", {"password": PASSWORD}, token=staff_login.token),
        ]
        server.stop()
    assert [answer.status for answer in answers] == [401, 404, 400, 200, 401, 401, 401, 200]
    log = server.log.read_text()
    assert "/api/v5/login" in log
    for secret in (PASSWORD, wrong, token, ended.token, staff_login.token):
        assert secret not in log
        # Nor a recognizable part of one.
        assert secret[-20:] not in log
