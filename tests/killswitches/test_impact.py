"""The endpoints that switches close, and their impact, if a provider is registered."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from killswitches import impact
from killswitches.gate import enabled_mask
from killswitches.impact import Impact
from killswitches.registry import FILE_CREATE, FILE_DELETE, GLOBAL, Switch, registry
from tests.killswitches.pages import HOSTILE, LIST, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

Provide = Callable[..., None]


class Known:
    """A provider that only knows FILE_CREATE."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        return ["POST /uploads", f"PUT /{HOSTILE}"] if switch is FILE_CREATE else []

    def impact(self, switch: Switch) -> Impact:
        return Impact(requests=1234, users=1, anonymous=0)


class Down:
    """A provider whose cache is down."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        raise ConnectionError("no cache")

    def impact(self, switch: Switch) -> Impact:
        raise ConnectionError("no cache")


def test_a_provider_replaces_the_previous_one(provide: Provide) -> None:
    provide()
    assert not impact.is_provided()
    assert (impact.endpoints_of(GLOBAL), impact.impact_of(GLOBAL)) == (None, None)
    impact.register(Down())
    impact.register(Known())
    assert impact.is_provided()
    assert impact.endpoints_of(FILE_CREATE) == ["POST /uploads", f"PUT /{HOSTILE}"]
    assert impact.impact_of(FILE_CREATE) == Impact(1234, 1, 0)


def test_a_failing_provider_is_logged(provide: Provide, caplog: Any) -> None:
    provide(Down())
    with caplog.at_level(logging.ERROR, logger="killswitches.impact"):
        assert (impact.endpoints_of(GLOBAL), impact.impact_of(GLOBAL)) == (None, None)
    assert [record.exc_info[0] for record in caplog.records] == [ConnectionError] * 2


def test_the_pages_show_what_a_switch_closes(changer: Client, provide: Provide) -> None:
    provide(Known())
    page = changer.get(LIST).content.decode()
    assert "Closes 2 endpoints" in page
    assert page.count("Closes no endpoints here.") == 8
    assert '<code dir="ltr">POST /uploads</code>' in page
    page = changer.get(page_of(FILE_CREATE)).content.decode()
    assert '<code dir="ltr">POST /uploads</code>' in page
    assert f'<code dir="ltr">PUT /{escape(HOSTILE)}</code>' in page
    assert "Would have blocked in the last 15 minutes: " in page
    assert "<strong>1,234 requests</strong>" in page
    assert "<strong>1 user</strong>" in page
    assert "<strong>0 anonymous addresses</strong>" in page


def test_without_a_provider_the_pages_show_nothing(
    changer: Client, provide: Provide, drill_by: Provide
) -> None:
    provide()
    drill_by()
    for url in (LIST, page_of(FILE_DELETE)):
        page = changer.get(url).content.decode()
        assert "endpoint" not in page
        assert "requests" not in page


def test_pages_and_switches_work_with_a_failing_provider(changer: Client, provide: Provide) -> None:
    provide(Down())
    page = changer.get(LIST).content.decode()
    assert page.count("endpoints that it closes are not known") == len(list(registry))
    page = changer.get(page_of(FILE_CREATE)).content.decode()
    assert "endpoints that it closes are not known" in page
    assert "it would block is not known" in page
    changer.post(page_of(FILE_CREATE), {"version": "", "reason": "fire"})
    assert enabled_mask() == FILE_CREATE.bit
