"""The parts of the benchmark that run inside a Django process: callers and request costs."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from benchmarks.contenders.ours.callers import calls, sessions
from benchmarks.endpoints import PASSWORD, logins
from benchmarks.inside.pages import visit
from benchmarks.inside.people import cast
from benchmarks.inside.requests import STAGES, _stage, look
from benchmarks.inside.stock_lists import compare
from benchmarks.paths import HOST, ROOT
from tests.api import Api

pytestmark = pytest.mark.django_db

CURRENT = "/users/me/sessions/me"


def load(sessions: int = 300) -> None:
    call_command("load_sample_sessions", sessions=sessions, users=60, stdout=StringIO())


def test_callers_are_different_users_with_active_sessions() -> None:
    load()
    assert len({session.user_id for session in sessions(30)}) == 30
    made = calls(10)
    assert len({headers["Authorization"] for _, headers in made}) == 10
    for path, headers in made:
        assert path == f"/api{CURRENT}"
        token = headers["Authorization"].removeprefix("Bearer ")
        assert Api(prefix="/api", token=token)("GET", CURRENT).status_code == 200


def test_a_caller_may_have_many_tokens() -> None:
    load()
    made = [headers["Authorization"] for _, headers in calls(3, tokens=7)]
    assert len(set(made)) == 7


def test_the_accounts_can_log_in(api: Api) -> None:
    made = cast(callers=2, sessions=3)
    for person in made["callers"]:
        answer = Api(token=person["token"])("GET", "/users/me/sessions")
        assert [one["id"] for one in answer.json()["items"]] == person["sids"]
    assert len(made["callers"][0]["sids"]) == 3
    whose = made["callers"][1]["id"]
    staff = Api(token=made["staff"])
    assert staff("GET", f"/users/{whose}/sessions").json()["count"] == 3
    body = {"username": made["logins"][0], "password": PASSWORD}
    assert api("POST", "/login", body).status_code == 201


def test_each_login_comes_from_a_different_address() -> None:
    endless = logins(["ann", "bob"])
    made = [next(endless) for _ in range(4)]
    addresses = {line for one in made for line in one.split(b"\r\n") if b"Forwarded-For" in line}
    assert len(addresses) == 4
    names = [json.loads(one.partition(b"\r\n\r\n")[2])["username"] for one in made]
    assert names == ["ann", "bob", "ann", "bob"]


@pytest.mark.django_db(transaction=True)
def test_the_cost_of_one_request_is_reported(settings: Any) -> None:
    settings.ALLOWED_HOSTS = [HOST]
    load()
    seen = look("ours", callers=3, seconds=0.0)
    assert len(seen["calls"]) == 3
    assert seen["queries"] == 1
    assert set(seen["stages"]) <= {*STAGES.values(), "other"}


def test_time_is_attributed_to_the_innermost_named_frame() -> None:
    class Frame:
        def __init__(self, module: str, f_back: "Frame | None" = None) -> None:
            self.f_globals = {"__name__": module}
            self.f_back = f_back

    inner = Frame("json.decoder", Frame("jwt.api_jwt", Frame("rest_framework.views")))
    assert _stage(inner) == "token"  # type: ignore[arg-type]
    assert _stage(Frame("sessions_api.ratelimits.counters.x")) == "rate limit"  # type: ignore[arg-type]
    assert _stage(Frame("threading")) == "other"  # type: ignore[arg-type]


def test_a_function_runs_in_a_new_process(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.inside", "inside.hashing.check", '{"count": 2}'],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert len(json.loads(run.stdout)) == 2


def test_the_list_of_sessions_and_its_links_are_visited(settings: Any) -> None:
    settings.ALLOWED_HOSTS = [HOST]
    settings.SESSIONS_API = settings.SESSIONS_API | {"CONSOLE_SESSIONS": True}
    load(1_100)
    pages = visit(1)
    assert len(pages) > 20
    assert {(page["status"], page["failure"]) for page in pages} == {(200, "")}


def test_pages_are_compared_with_stock_lists(settings: Any) -> None:
    settings.ALLOWED_HOSTS = [HOST]
    load()
    compared = compare(2)
    assert [page["page"] for page in compared] == [
        "the list of sessions",
        "the list of users",
        "a user's page",
    ]
    for page in compared:
        for whose in ("ours", "stock"):
            assert all(len(page[whose][what]) == 2 for what in ("wall", "cpu"))
