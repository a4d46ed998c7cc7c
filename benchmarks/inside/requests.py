"""The queries of a contender's request, and a CPU profile of it by stage."""

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
from benchmarks.paths import HOST

#: Seconds between two samples. The kernel's CPU timer is no finer.
INTERVAL = 0.004

#: The stage of each module. The innermost frame of a listed module decides, so that other modules,
#: such as ``json``, count towards their caller.
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


def look(contender: str, callers: int, seconds: float, **which: Any) -> dict[str, Any]:
    """Measure the queries and the CPU time of a contender's requests.

    :param contender: the name of its package.
    :param callers: the number of callers.
    :param seconds: the duration of the measurement.
    :param which: further arguments of the package's ``calls``.
    :returns: ``calls``: the requests of the callers; ``queries``: the number of queries of a
        request; ``stages``: the CPU time of a request in microseconds, by stage.
    """
    calls = import_module(f"benchmarks.contenders.{contender}.callers").calls(callers, **which)
    application = _application()
    # Callers take turns, so that none exceeds a rate limit.
    environs = [_environ(call) for call in calls]
    for environ in environs:
        _ask(application, environ)
    with CaptureQueriesContext(connection) as captured:
        _ask(application, environs[0])
    # Before the next request, which clears the log.
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
    """Make a request.

    :raises AssertionError: the status is not 200.
    """
    statuses = []
    answer = application(
        environ | {"wsgi.input": BytesIO()}, lambda status, *_: statuses.append(status)
    )
    b"".join(answer)
    answer.close()
    assert statuses == ["200 OK"], statuses


def _ask_for(application: Any, environs: list[dict[str, Any]], seconds: float) -> int:
    """Make requests for some seconds, at least one. Return their number."""
    end = time.perf_counter() + seconds
    for number in count():
        _ask(application, environs[number % len(environs)])
        if time.perf_counter() > end:
            return number + 1
    raise AssertionError("an endless count ended")


def _stages(application: Any, environs: list[dict[str, Any]], seconds: float) -> dict[str, float]:
    """Profile requests by sampling. Return the CPU microseconds of a request by stage."""
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
