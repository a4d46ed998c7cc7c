"""What an answer is made of, and what it leaves behind."""

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from sessions_api.answers import Answer
from sessions_api.dialects.v5.viewsets import OwnSessionViewSet
from tests.conftest import Login

TEXTS = st.text() | st.sampled_from(["\u2028", "\u2029", "é", "</script>"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | TEXTS
DATA = st.recursive(
    SCALARS, lambda some: st.lists(some) | st.dictionaries(TEXTS, some), max_leaves=8
)


@given(st.dictionaries(st.text(alphabet="ab\u2028"), DATA))
def test_is_what_rest_framework_renders(data: dict[str, Any]) -> None:
    answer = Answer(data)
    assert answer.content == JSONRenderer().render(data)
    assert answer["Content-Type"] == "application/json"


def test_takes_what_rest_framework_does() -> None:
    data = {"at": datetime(2026, 1, 2, tzinfo=UTC), "id": UUID(int=1), "some": Decimal("1.50")}
    assert Answer(data).content == JSONRenderer().render(data)
    with pytest.raises(ValueError, match="JSON"):
        Answer({"number": math.nan})


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
