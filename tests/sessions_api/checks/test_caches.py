"""Which caches can count requests, and what to do about those that cannot."""

import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.cache.backends.base import BaseCache
from django.core.checks import CheckMessage
from django.test import override_settings

from sessions_api.checks.caches import check_cache
from tests.sessions_api.checks.pasting import pasted

DJANGO = "django.core.cache.backends"
MEMORY = {"BACKEND": f"{DJANGO}.locmem.LocMemCache"}


class ThirdPartyCache(BaseCache):
    def __init__(self, _: str, params: dict[str, Any]) -> None:
        super().__init__(params)


def limited(**changes: Any) -> override_settings:
    return override_settings(
        SESSIONS_API=settings.SESSIONS_API | {"RATELIMIT_ENABLE": True} | changes
    )


def messages(**cache: Any) -> list[CheckMessage]:
    with limited(), override_settings(CACHES={"default": {"LOCATION": ""} | cache}):
        return check_cache()


@pytest.mark.parametrize(
    ("cache", "problem"),
    [
        ({"BACKEND": f"{DJANGO}.db.DatabaseCache", "LOCATION": "cache"}, "parallel requests"),
        ({"BACKEND": f"{DJANGO}.filebased.FileBasedCache", "LOCATION": "/x"}, "parallel requests"),
        ({"BACKEND": f"{DJANGO}.dummy.DummyCache"}, "keeps nothing"),
        (MEMORY, "when it is full"),
        (MEMORY | {"OPTIONS": {"MAX_ENTRIES": 9_999}}, "when it is full"),
    ],
)
def test_caches_that_cannot_count_are_a_warning_in_development(
    development: Any, cache: dict[str, Any], problem: str
) -> None:
    with development():
        [message] = messages(**cache)
        assert (message.id, problem in message.msg) == ("sessions_api.W004", True)
        with limited(), pasted(message):
            assert check_cache() == []


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    "cache",
    [{"BACKEND": f"{DJANGO}.dummy.DummyCache"}, MEMORY | {"OPTIONS": {"MAX_ENTRIES": 10**6}}],
)
def test_they_are_an_error_in_production(cache: dict[str, Any]) -> None:
    [message] = messages(**cache)
    assert message.id == "sessions_api.E004"
    with limited(), pasted(message):
        assert check_cache() == []
        assert settings.CACHES["default"]["BACKEND"].endswith("RedisCache")


@pytest.mark.parametrize(
    "cache",
    [
        MEMORY | {"OPTIONS": {"MAX_ENTRIES": 10_000}},
        {"BACKEND": f"{DJANGO}.redis.RedisCache", "LOCATION": "redis://cache"},
        {"BACKEND": f"{__name__}.ThirdPartyCache"},
    ],
)
def test_caches_that_count(cache: dict[str, Any]) -> None:
    assert messages(**cache) == []


def test_a_cache_that_cannot_be_loaded_is_an_error_everywhere(development: Any) -> None:
    with development():
        [message] = messages(BACKEND="no.such.Cache")
        assert (message.id, "cannot be loaded" in message.msg) == ("sessions_api.E004", True)
        with limited(), pasted(message):
            assert check_cache() == []


def test_redis_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    [message] = messages(BACKEND=f"{DJANGO}.redis.RedisCache", LOCATION="redis://cache")
    assert message.id == "sessions_api.E004"
    assert "pip install 'redis[hiredis]'" in str(message.hint)


def test_an_unknown_alias() -> None:
    with limited(RATELIMIT_CACHE="elsewhere"):
        [message] = check_cache()
        assert "'elsewhere'" in message.msg
        with pasted(message):
            assert check_cache() == []


def test_nothing_is_asked_of_a_cache_that_counts_nothing() -> None:
    with override_settings(CACHES={"default": {"BACKEND": f"{DJANGO}.dummy.DummyCache"}}):
        with limited(RATELIMIT_ENABLE=False):
            assert check_cache() == []
        with limited():
            assert len(check_cache()) == 1
