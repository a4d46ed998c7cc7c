"""Resolving paths from the cache, with the same result as Django's resolver."""

from collections.abc import Iterator
from unittest import mock

import pytest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import Resolver404, ResolverMatch, URLPattern, get_resolver, path, resolve

from cumulonimbus import asgi, wsgi
from cumulonimbus.serving import resolver
from cumulonimbus.serving.resolver import LONGEST, MAX_CACHED_PATHS, CachingResolverMixin
from tests.private_doors import door

HANDLERS = [wsgi.application, asgi.application]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    resolver._resolve.cache_clear()
    yield
    resolver._resolve.cache_clear()


@pytest.fixture
def tried() -> Iterator[mock.Mock]:
    """Record the patterns that are tried."""
    with mock.patch.object(
        URLPattern, "resolve", autospec=True, side_effect=URLPattern.resolve
    ) as tried:
        yield tried


def find(asked: str, handler: BaseHandler = HANDLERS[0]) -> ResolverMatch:
    request = RequestFactory().get(asked)
    found = handler.resolve_request(request)
    assert request.resolver_match is found
    return found


def view(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse()


class Elsewhere:
    urlpatterns = [path("login", view)]


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize(
    "asked",
    ["/api", "/api/users/me/sessions/me/", "/api/v3/login", "/api/users/1/sessions", "/admin/"],
)
def test_resolves_like_django(handler: BaseHandler, asked: str) -> None:
    assert isinstance(handler, CachingResolverMixin)
    expected = vars(resolve(asked))
    for _ in range(2):
        found = vars(find(asked, handler))
        assert found.pop("tried"), "what Django shows where nothing is found"
        assert found == {name: value for name, value in expected.items() if name != "tried"}


def test_a_cached_path_tries_no_pattern(tried: mock.Mock) -> None:
    find("/api/login")
    calls = tried.call_count
    assert calls
    find("/api/login")
    assert tried.call_count == calls


def test_the_number_and_the_length_of_cached_paths_are_limited(tried: mock.Mock) -> None:
    for number in range(MAX_CACHED_PATHS + 1):
        find(f"/api/users/{number}/sessions")
    calls = tried.call_count
    find(f"/api/users/{MAX_CACHED_PATHS}/sessions")
    assert tried.call_count == calls
    find("/api/users/0/sessions")
    assert tried.call_count > calls, "the oldest is forgotten"
    for _ in range(2):
        calls = tried.call_count
        find("/api/users/" + "1" * LONGEST)
        assert tried.call_count > calls


def test_paths_that_are_not_found_are_not_cached(tried: mock.Mock) -> None:
    for _ in range(2):
        calls = tried.call_count
        with pytest.raises(Resolver404):
            find("/nowhere")
        assert tried.call_count > calls


def test_given_patterns_are_used() -> None:
    assert find("/api/login").func is not view
    request = RequestFactory().get("/login")
    request.urlconf = Elsewhere
    for _ in range(2):
        assert wsgi.application.resolve_request(request).func is view


def test_changes_of_the_arguments_do_not_affect_other_requests() -> None:
    find("/api/users/5/sessions/7").kwargs["uid"] = "6"
    assert find("/api/users/5/sessions/7").kwargs == {"uid": "5", "sid": "7"}


def test_the_private_door() -> None:
    with door("the paths that are remembered", "cumulonimbus/serving/resolver.py"):
        known = get_resolver().resolve("/api/login")
        copied = ResolverMatch.__new__(ResolverMatch)
        vars(copied).update(vars(known))
        assert tuple(copied) == tuple(known)
        assert repr(copied) == repr(known)
        with mock.patch.object(
            BaseHandler, "resolve_request", autospec=True, side_effect=BaseHandler.resolve_request
        ) as asked:
            Client().get("/nowhere")
        assert asked.call_count == 1, "the handler asks another method where a path leads to"
