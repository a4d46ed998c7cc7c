"""Responses of the fast path: content, headers and garbage."""

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.http.response import BadHeaderError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.dialects.v5.viewsets import OwnSessionViewSet
from tests.api import Login

TEXTS = st.text() | st.sampled_from(["\u2028", "\u2029", "é", "</script>"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | TEXTS
DATA = st.recursive(
    SCALARS, lambda some: st.lists(some) | st.dictionaries(TEXTS, some), max_leaves=8
)


# Hypothesis creates its Unicode table on first use, which takes a second.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(alphabet="ab\u2028"), DATA))
def test_renders_like_rest_framework(data: dict[str, Any]) -> None:
    answer = ApiResponse(data)
    assert answer.content == JSONRenderer().render(data)
    assert answer["Content-Type"] == "application/json"


def test_accepts_the_same_values_as_rest_framework() -> None:
    data = {"at": datetime(2026, 1, 2, tzinfo=UTC), "id": UUID(int=1), "some": Decimal("1.50")}
    assert ApiResponse(data).content == JSONRenderer().render(data)
    with pytest.raises(ValueError, match="JSON"):
        ApiResponse({"number": math.nan})


class TestHeaders:
    """They behave like Django's, but are faster."""

    def test_are_found_and_listed_under_any_case(self) -> None:
        answer = ApiResponse({}, 201, {"RateLimit-Limit": "5", "X-Long": "a b"})
        answer.headers["ratelimit-limit"] = 6
        answer.setdefault("content-type", "text/html")
        assert "RATELIMIT-LIMIT" in answer.headers
        assert answer.has_header("x-long")
        assert "X-Longer" not in answer.headers
        expected = [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("ratelimit-limit", "6"),
            ("X-Long", "a b"),
        ]
        assert list(answer.items()) == list(answer.headers.items()) == expected
        del answer["X-Long"]
        assert dict(answer.headers) == dict(expected[:-1])

    @pytest.mark.parametrize(
        ("name", "value"),
        [("A", "b\r\nSet-Cookie: c"), ("A\r\nSet-Cookie: c", "b"), ("A", b"b\nc"), ("A\n", "b")],
    )
    def test_cannot_contain_line_breaks(self, name: str, value: str | bytes) -> None:
        with pytest.raises(BadHeaderError):
            ApiResponse({}).headers[name] = value
        with pytest.raises(BadHeaderError):
            ApiResponse({}, headers={name: value})  # type: ignore[dict-item]

    @pytest.mark.parametrize("value", ["é", "ひ", b"bytes", 7, "", "tab\there"])
    def test_accept_the_same_values_as_djangos(self, value: Any) -> None:
        answer, theirs = ApiResponse({}), HttpResponse()
        answer.headers["A"] = theirs.headers["A"] = value
        assert answer.headers["A"] == theirs.headers["A"]

    def test_have_ascii_names(self) -> None:
        with pytest.raises(UnicodeEncodeError):
            ApiResponse({}).headers["é"] = "b"


@contextmanager
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.django_db
def test_a_request_leaves_nothing_to_the_garbage_collector(me: Login) -> None:
    view = OwnSessionViewSet.as_view({"get": "retrieve"})
    factory = APIRequestFactory()

    def ask(token: str) -> int:
        status: int = view(factory.get("/", headers={"authorization": token}), sid="me").status_code
        return status

    assert ask(me.token) == 200
    with no_collection():
        assert ask(me.token) == 200
        assert gc.collect() == 0
