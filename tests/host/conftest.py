"""The host's cast, and a way to call it."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as HttpClient

from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.services.session_creation import create_session
from tests.host.callers import PASSWORD, Call, LogIn
from tests.host.models import Member


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    cache.clear()


@pytest.fixture
def mia(db: None) -> Member:
    key = uuid.UUID("abcdef00-0000-4000-8000-000000000001")
    return Member.objects.create_user("mia@example.com", PASSWORD, id=key)


@pytest.fixture
def staff(db: None) -> Member:
    return Member.objects.create_user("sam@example.com", PASSWORD, is_superuser=True)


@pytest.fixture
def browser() -> HttpClient:
    """A client that keeps cookies, and for which Django checks CSRF tokens as in production."""
    return HttpClient(enforce_csrf_checks=True)


@pytest.fixture
def call(browser: HttpClient) -> Call:
    def request(
        method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> Any:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return browser.generic(
            method,
            path,
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers=headers,
        )

    return request


@pytest.fixture
def log_in() -> LogIn:
    def begin(member: Member, scope: Scope | None = None) -> tuple[UserSession, str]:
        session, token = create_session(
            member, client=Client("198.51.100.7", "curl/8.5.0"), lifetime=timedelta(hours=1)
        )
        if scope is not None:
            session.permission_flags = scope
            session.save(update_fields=["permission_flags"])
        return session, token

    return begin
