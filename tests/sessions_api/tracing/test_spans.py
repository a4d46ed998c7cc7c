"""The span of a request: what it says, what it leaves out, and to which trace it belongs."""

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import AsyncClient, Client, override_settings
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from tests.api import CHROME, HOME, OWN_SESSIONS, Api, Login
from tests.browser import browser_of
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

SESSION = "/api/v5/users/me/sessions/<sid>"


def only(spans: Any) -> ReadableSpan:
    [span] = spans.get_finished_spans()
    return span


def fail(*args: Any) -> Any:
    raise OperationalError(f"the server of {PASSWORD} closed the connection")


def test_a_request_to_the_api(me: Login, spans: Any) -> None:
    me.api("GET", f"{OWN_SESSIONS}/me", HTTP_X_REQUEST_ID="abc")
    span = only(spans)
    assert (span.name, span.kind) == (f"GET {SESSION}", SpanKind.SERVER)
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": SESSION,
        "http.response.status_code": 200,
        "cumulonimbus.dialect": "v5",
        "cumulonimbus.request_id": "abc",
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.parent is None


def test_a_page(staff: Any, spans: Any) -> None:
    browser = browser_of(staff)
    spans.clear()
    browser.get("/admin/")
    assert only(spans).name == "GET /admin/"


@pytest.mark.parametrize(("method", "name"), [("GET", "GET"), ("BREW", "-")])
def test_unknown_paths_and_methods_name_no_span(spans: Any, method: str, name: str) -> None:
    Client().generic(method, "/no/such/secret/path")
    span = only(spans)
    assert span.name == name
    assert span.attributes is not None
    assert "http.route" not in span.attributes
    assert span.attributes["http.request.method"] in {"GET", "_OTHER"}
    assert "secret" not in span.to_json()


def test_failures_are_marked_and_refusals_are_not(me: Login, spans: Any) -> None:
    with connection.execute_wrapper(fail):
        assert me.api("GET", f"{OWN_SESSIONS}/me").status_code == 503
    span = only(spans)
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes is not None
    assert span.attributes["error.type"] == "503"
    assert PASSWORD not in span.to_json()
    spans.clear()
    Api(token="wrong")("GET", f"{OWN_SESSIONS}/me")
    assert only(spans).status.status_code is StatusCode.UNSET


def test_a_span_belongs_to_the_trace_of_its_caller(me: Login, spans: Any) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    me.api("GET", f"{OWN_SESSIONS}/me", HTTP_TRACEPARENT=parent)
    span = only(spans)
    assert span.parent is not None
    assert format_trace_id(span.context.trace_id) == parent.split("-")[1]
    assert format_span_id(span.parent.span_id) == parent.split("-")[2]


@pytest.mark.parametrize("parent", ["", "x", "00-0-0-01", "\u00e9", "00-" + "0" * 32 + "-1-01"])
def test_a_trace_that_does_not_exist_begins_a_new_one(spans: Any, parent: str) -> None:
    Client().get("/", headers={"traceparent": parent})
    assert only(spans).parent is None


def test_spans_of_a_hosts_own_code_are_children(me: Login, spans: Any) -> None:
    def traced(execute: Any, *args: Any) -> Any:
        with trace.get_tracer("host").start_as_current_span("own"):
            return execute(*args)

    with connection.execute_wrapper(traced):
        me.api("GET", f"{OWN_SESSIONS}/me")
    *own, request = spans.get_finished_spans()
    assert own
    assert {span.parent.span_id for span in own} == {request.context.span_id}


@pytest.mark.django_db(transaction=True)
def test_requests_under_asgi(spans: Any) -> None:
    asyncio.run(AsyncClient().get("/api/"))
    assert only(spans).name == "GET /api/"


def test_nothing_is_secret_or_personal(api: Api, ann: Any, me: Login, spans: Any) -> None:
    body = {"username": "ann", "password": PASSWORD}
    token = api("POST", "/login", body).json()["token"]
    api("POST", "/login", {"username": "ann", "password": "a wrong guess"})
    me.api("GET", f"{OWN_SESSIONS}/{me.session.sid}?page=ann@example.com", HTTP_COOKIE="a=b-c-d")
    me.api("DELETE", f"{OWN_SESSIONS}/{me.session.sid}")
    Client().get(f"/account/password/MQ/{token}/")
    found = spans.get_finished_spans()
    assert len(found) == 5
    text = json.dumps([json.loads(span.to_json()) for span in found])
    secrets = [token, me.token, str(me.session.sid), PASSWORD, "a wrong guess", "b-c-d", "MQ"]
    for secret in [*secrets, "ann@example.com", HOME, CHROME, settings.SECRET_KEY]:
        assert secret not in text
    assert '"ann"' not in text


def test_without_the_setting_there_are_no_spans(me: Login, spans: Any) -> None:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"TRACING": False}):
        me.api("GET", f"{OWN_SESSIONS}/me")
    assert spans.get_finished_spans() == ()
