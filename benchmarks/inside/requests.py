"""One contender in one process: what a request asks of the database, and where its time goes."""

import signal
import time
from collections import Counter
from importlib import import_module
from io import BytesIO
from itertools import count
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string

from benchmarks.contenders.calls import Call
from benchmarks.places import HOST

#: Seconds between two looks at what is running. The kernel has no finer clock for used time.
INTERVAL = 0.004

#: What the work of a module counts as. The innermost frame that is named here decides, so a
#: library that is not, such as ``json``, counts for who called it.
STAGES = {
    "psycopg": "PostgreSQL's driver",
    "psycopg_pool": "PostgreSQL's driver",
    "django.db": "ORM",
    "redis": "Redis's driver",
    "django.core.cache": "cache",
    "sessions_api.ratelimits.counters": "rate limit",
    "sessions_api.ratelimits.reservations": "rate limit",
    "jwt": "token",
    "cryptography": "token",
    "rest_framework_simplejwt": "token",
    "sessions_api.tokens.sessions": "token",
    "sessions_api.tokens.keys": "token",
    "knox.crypto": "token",
    "rest_framework": "REST framework",
    "django.middleware": "middleware",
    "cumulonimbus.middleware": "middleware",
    "django.contrib": "Django's sessions and users",
    "django.urls": "routing",
    "django": "Django: request and answer",
    "sessions_api": "the contender's own",
    "killswitches": "the contender's own",
    "knox": "the contender's own",
    "allauth": "the contender's own",
    "benchmarks.contenders": "the contender's own",
    "benchmarks": "measuring",
}


def look(contender: str, callers: int, seconds: float) -> dict[str, Any]:
    """What so many callers send, the queries of one request, and its CPU by stage.

    :returns: ``calls``, ``queries``, ``stages`` (microseconds by name).
    """
    calls = import_module(f"benchmarks.contenders.{contender}.callers").calls(count=callers)
    application = _application()
    # All of them by turns, so that nobody meets a rate limit.
    environs = [_environ(call) for call in calls]
    for environ in environs:
        _ask(application, environ)
    with CaptureQueriesContext(connection) as captured:
        _ask(application, environs[0])
    # Now, for the next request empties the log.
    queries = len(captured)
    stages = _stages(application, environs, seconds)
    return {"calls": calls, "queries": queries, "stages": stages}


def _application() -> Any:
    if path := getattr(settings, "WSGI_APPLICATION", None):
        return import_string(path)
    return get_wsgi_application()


def _environ(call: Call) -> dict[str, Any]:
    path, headers = call
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": HOST,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": HOST,
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "198.51.100.7",
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()},
    }


def _ask(application: Any, environ: dict[str, Any]) -> None:
    """:raises AssertionError: for any answer but 200."""
    statuses = []
    answer = application(
        environ | {"wsgi.input": BytesIO()}, lambda status, *_: statuses.append(status)
    )
    b"".join(answer)
    answer.close()
    assert statuses == ["200 OK"], statuses


def _ask_for(application: Any, environs: list[dict[str, Any]], seconds: float) -> int:
    """Ask for so long, at least once; how often."""
    end = time.perf_counter() + seconds
    for number in count():
        _ask(application, environs[number % len(environs)])
        if time.perf_counter() > end:
            return number + 1
    raise AssertionError("an endless count ended")


def _stages(application: Any, environs: list[dict[str, Any]], seconds: float) -> dict[str, float]:
    """Look at the running frame from time to time, and share the time out as it was found."""
    seen: Counter[str] = Counter()

    def note(number: int, frame: FrameType | None) -> None:
        seen[_stage(frame)] += 1

    signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    cpu = time.process_time()
    asked = _ask_for(application, environs, seconds)
    cpu = time.process_time() - cpu
    signal.setitimer(signal.ITIMER_PROF, 0)
    seen.pop("measuring", None)
    each = cpu / asked * 1e6 / (seen.total() or 1)
    return {stage: number * each for stage, number in seen.most_common()}


def _stage(frame: FrameType | None) -> str:
    while frame:
        name = frame.f_globals.get("__name__", "")
        while name:
            if name in STAGES:
                return STAGES[name]
            name = name.rpartition(".")[0]
        frame = frame.f_back
    return "other"
