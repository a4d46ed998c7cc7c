"""Requests for which Django cannot create a request object get a response."""

import io
from typing import Any

import pytest
from django.core.exceptions import BadRequest

from cumulonimbus.asgi import Handler as ASGIHandler
from cumulonimbus.serving.requests import SafeASGIRequest, SafeWSGIRequest
from cumulonimbus.wsgi import Handler as WSGIHandler


class UnreadableByWSGI(SafeWSGIRequest):
    def __init__(self, *args: Any) -> None:
        raise BadRequest


class UnreadableByASGI(SafeASGIRequest):
    def __init__(self, *args: Any) -> None:
        raise BadRequest


def test_wsgi_answers_400(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its receivers would close the database connections of the tests.
    monkeypatch.setattr("django.core.signals.request_started.send", lambda **sent: None)
    handler = WSGIHandler()
    handler.request_class = UnreadableByWSGI
    answered: list[str] = []
    response = handler({}, lambda status, headers: answered.append(status))
    assert answered == ["400 Bad Request"]
    assert b"".join(response) == b""


def test_asgi_answers_400() -> None:
    handler = ASGIHandler()
    handler.request_class = UnreadableByASGI
    request, response = handler.create_request({}, io.BytesIO())
    assert request is None
    assert response is not None
    assert response.status_code == 400
