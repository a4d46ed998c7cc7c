"""A project that mounts no dialect, and REST framework views that take no tokens."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.views import APIView

from sessions_api.checks.routes import check_routes
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.dialects.v5 import urls as v5
from tests.sessions_api.checks.pasting import pasted

URLS = "urls_of_a_host"


class Orders(APIView):
    pass


class TokenOrders(APIView):
    authentication_classes = [SessionTokenAuthentication]


@api_view()
def prices(request: Any) -> HttpResponse:
    return HttpResponse()


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.fixture
def urls() -> Iterator[ModuleType]:
    """The URLs of a host."""
    module = ModuleType(URLS)
    module.urlpatterns = []  # type: ignore[attr-defined]
    sys.modules[URLS] = module
    with override_settings(ROOT_URLCONF=URLS):
        yield module
    del sys.modules[URLS]


def found(urls: ModuleType, *patterns: Any) -> list[CheckMessage]:
    urls.urlpatterns = [path("page", page), *patterns]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=URLS):
        return check_routes()


def test_a_project_that_mounts_nothing(urls: ModuleType) -> None:
    [message] = found(urls)
    assert message.id == "sessions_api.W014"
    head, lines = str(message.hint).split("\n", maxsplit=1)
    assert head == "Add to urls.py:"
    exec(lines, vars(urls))  # noqa: S102
    assert found(urls, *urls.urlpatterns) == []


def test_views_that_take_no_tokens(urls: ModuleType) -> None:
    mounted = [*v5.urlpatterns, path("orders", Orders.as_view()), path("prices", prices)]
    [message] = found(urls, *mounted)
    assert message.id == "sessions_api.W015"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"TEST_REQUEST_DEFAULT_FORMAT": "json"},
        {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]},
    ],
)
def test_the_hint_puts_tokens_first(urls: ModuleType, given: dict[str, Any]) -> None:
    with override_settings(REST_FRAMEWORK=given):
        [message] = found(urls, *v5.urlpatterns, path("orders", Orders.as_view()))
        with pasted(message):

            class NewOrders(APIView):
                """Reads the default classes when it is made."""

                authentication_classes = Orders.settings.DEFAULT_AUTHENTICATION_CLASSES

            first, *others = NewOrders.authentication_classes
            assert first is SessionTokenAuthentication
            assert len(others) == len(given.get("DEFAULT_AUTHENTICATION_CLASSES", []))
            assert found(urls, *v5.urlpatterns, path("orders", NewOrders.as_view())) == []


def test_one_view_that_takes_them_is_enough(urls: ModuleType) -> None:
    mounted = [path("orders", Orders.as_view()), path("mine", TokenOrders.as_view())]
    assert found(urls, *v5.urlpatterns, *mounted) == []


def test_a_host_without_views_of_its_own(urls: ModuleType) -> None:
    assert found(urls, *v5.urlpatterns) == []


def test_a_host_without_urls() -> None:
    with override_settings(ROOT_URLCONF=None):
        assert check_routes() == []
