"""Paths lead where they always did, at once."""

from collections.abc import Iterator
from unittest import mock

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, URLPattern, URLResolver, include, path, re_path, resolve
from django.urls.resolvers import RegexPattern

from cumulonimbus.resolver import LONGEST, REMEMBERED_PATHS, RememberingResolver, remembering

API = r"^api(?:/|$)"


@pytest.fixture
def tried() -> Iterator[mock.Mock]:
    """The patterns that are tried."""
    with mock.patch.object(
        URLPattern, "resolve", autospec=True, side_effect=URLPattern.resolve
    ) as tried:
        yield tried


@pytest.fixture
def resolver() -> RememberingResolver:
    return remembering(API, "sessions_api.urls")


def view(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse()


def some(urlpatterns: list[URLPattern]) -> RememberingResolver:
    return RememberingResolver(RegexPattern("^some/", is_endpoint=False), urlpatterns)


def test_the_project_has_one() -> None:
    with (
        mock.patch.object(URLPattern, "resolve", side_effect=LookupError),
        pytest.raises(LookupError),
    ):
        resolve("/api/users/1/sessions/123456789")
    first = resolve("/api/users/me/sessions/me")
    with mock.patch.object(URLPattern, "resolve", side_effect=LookupError):
        assert resolve("/api/users/me/sessions/me").func is first.func


@pytest.mark.parametrize(
    "asked", ["api", "api/", "api/users/me/sessions/me/", "api/v3/login", "api/users/1/sessions"]
)
def test_leads_where_django_would(resolver: RememberingResolver, asked: str) -> None:
    theirs: URLResolver = re_path(API, include("sessions_api.urls"))
    expected = theirs.resolve(asked)
    for _ in range(2):
        found = resolver.resolve(asked)
        assert (found.func, found.args, found.kwargs, found.route) == (
            expected.func,
            expected.args,
            expected.kwargs,
            expected.route,
        )


def test_tries_no_pattern_twice(resolver: RememberingResolver, tried: mock.Mock) -> None:
    resolver.resolve("api/login")
    calls = tried.call_count
    assert calls
    resolver.resolve("api/login")
    assert tried.call_count == calls


def test_remembers_so_many_and_none_that_are_long(tried: mock.Mock) -> None:
    resolver = some([re_path(r"^(?P<name>\d+)\Z", view)])
    for number in range(REMEMBERED_PATHS + 1):
        resolver.resolve(f"some/{number}")
    calls = tried.call_count
    resolver.resolve("some/0")
    assert tried.call_count == calls + 1, "the oldest is forgotten"
    for _ in range(2):
        resolver.resolve("some/" + "1" * LONGEST)
    assert tried.call_count == calls + 3


def test_what_leads_nowhere_is_not_remembered(tried: mock.Mock) -> None:
    resolver = some([path("there", view)])
    for _ in range(2):
        with pytest.raises(Resolver404):
            resolver.resolve("some/where")
    assert tried.call_count == 2


def test_what_a_request_does_to_its_arguments_stays_its_own() -> None:
    found = resolve("/api/users/5/sessions/7")
    found.kwargs["uid"] = "6"
    assert resolve("/api/users/5/sessions/7").kwargs == {"uid": "5", "sid": "7"}
