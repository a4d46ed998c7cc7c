"""The check that kill switches cannot lock staff out."""

from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import clear_url_caches, include, path

from killswitches.gate import first_enabled
from killswitches.registry import BUILT_IN, Switch, registry
from killswitches.testing import switched_on
from sessions_api.http import gate
from sessions_api.http.dialects.v5.urls import urlpatterns as v5
from sessions_api.http.dialects.v5.viewsets import KillSwitchViewSet, LoginViewSet
from sessions_api.http.policy import Audience, Policy
from tests.api import Login

#: The masks of all combinations of the built-in switches.
MASKS = {sum(chosen) for chosen in product(*((0, switch.bit) for switch in BUILT_IN))}


def found() -> list[str]:
    """Return the errors of the check."""
    return [
        message.msg
        for message in run_checks(tags=["sessions_api"])
        if message.id == "sessions_api.E008"
    ]


@pytest.fixture
def urls(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``urls(*patterns)`` replaces the project's URL patterns."""

    def put(*patterns: Any) -> None:
        monkeypatch.setattr(__name__ + ".urlpatterns", list(patterns), raising=False)
        clear_url_caches()

    with override_settings(ROOT_URLCONF=__name__):
        yield put
    clear_url_caches()


def test_the_project_passes() -> None:
    assert found() == []


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Policy, int]]:
    """Record the policies that the check tries, with the mask of enabled switches."""
    tried: list[tuple[Policy, int]] = []
    decide = gate.closing_switch

    def watched(of: Policy, request: Any, session: Any, user: Any, *read: Any) -> Switch | None:
        assert user.is_staff
        tried.append((of, session.switches_on.mask))
        return decide(of, request, session, user, *read)

    monkeypatch.setattr(gate, "closing_switch", watched)
    return tried


def test_every_combination_is_tried_on_every_endpoint(tried: list[tuple[Policy, int]]) -> None:
    assert found() == []
    policies = set(KillSwitchViewSet.policies.values())
    assert set(tried) == {(one, mask) for one in policies for mask in MASKS}
    assert len(tried) == len(policies) * len(MASKS)


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", BUILT_IN, ids=lambda switch: switch.name)
def test_a_wrong_decision_for_one_switch_is_found(
    monkeypatch: pytest.MonkeyPatch, boss: Login, wrong: Switch
) -> None:
    """Gate and check use the same function. If it refuses staff, the check reports it."""

    def broken(of: Policy, request: Any, session: Any, user: Any, *read: Any) -> Switch | None:
        return first_enabled(session.switches_on.mask & wrong.bit, [wrong])

    with switched_on(wrong):
        assert boss.api("GET", "/killswitches").status_code == 200
        monkeypatch.setattr(gate, "closing_switch", broken)
        assert boss.api("GET", "/killswitches").status_code == 503
    assert len(found()) == len(set(KillSwitchViewSet.policies.values()))


def test_switches_of_the_host_are_tried_together(
    own_switches: None, tried: list[tuple[Policy, int]]
) -> None:
    for number in (20, 62):
        registry.register(Switch(number, f"EXPORTS_{number}", "Stops exports."))
    block = 1 << 20 | 1 << 62
    assert found() == []
    assert {mask for _, mask in tried} == MASKS | {mask | block for mask in MASKS}


def test_a_gate_that_refuses_staff_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions_api.http.gate.is_staff", lambda user: False)
    assert len(found()) == len(set(KillSwitchViewSet.policies.values()))


def test_an_endpoint_for_others_than_staff_is_found(
    urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls(path("api/", include(v5)))
    assert found() == []
    for_users = Policy(audience=Audience.USERS)
    monkeypatch.setattr(KillSwitchViewSet, "policies", {"list": for_users})
    assert len(found()) == 1
    assert "not for staff only" in found()[0]


def test_an_admin_page_behind_the_gate_is_found(urls: Any) -> None:
    login = path("login/", LoginViewSet.as_view({"post": "create"}))
    urls(path("", include([path("admin/", ([login], "admin", admin.site.name))])))
    assert found() == ["Kill switches can close LoginViewSet, which is part of the admin."]


def test_a_required_second_factor_is_not_a_lockout(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}
    assert found() == []


def test_a_project_without_urls_is_not_checked() -> None:
    with override_settings(ROOT_URLCONF=None):
        assert found() == []
