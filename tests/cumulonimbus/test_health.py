"""``/livez`` and ``/readyz`` of the project: open to a probe, whatever it sends."""

import asyncio

import pytest
from django.conf import settings
from django.test import AsyncClient, Client, override_settings

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.health.readiness import monitor

PROBES = ["/livez", "/readyz"]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    monitor.forget()


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["example.com"])
def test_a_probe_needs_neither_https_nor_a_known_host(client: Client, path: str) -> None:
    response = client.get(path, headers={"host": "10.1.2.3:8000"})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.ratelimited
@pytest.mark.parametrize("path", PROBES)
def test_probes_are_not_rate_limited(client: Client, path: str) -> None:
    responses = [client.get(path) for _ in range(150)]
    assert {response.status_code for response in responses} == {200}
    assert "RateLimit-Limit" not in responses[-1]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_no_kill_switch_closes_a_probe(client: Client, path: str) -> None:
    with switched_on(GLOBAL):
        assert client.get(path).status_code == 200


def test_a_live_process_needs_no_database(client: Client) -> None:
    """Without the marker, a query fails this test."""
    assert client.get("/livez").json() == {}


@pytest.mark.django_db
def test_a_process_that_is_not_ready_names_what_fails(client: Client) -> None:
    unreadable = settings.SESSIONS_API | {"SIGNING_KEYS": ("/no/such/key.pem",)}
    with override_settings(SESSIONS_API=unreadable):
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (503, {"failing": ["signing_key"]})
    assert client.get("/readyz").json() == {"failing": []}


@pytest.mark.django_db(transaction=True)
def test_probes_under_asgi() -> None:
    async def ask(path: str) -> int:
        response = await AsyncClient().get(path, headers={"host": "10.1.2.3"})
        return response.status_code

    assert [asyncio.run(ask(path)) for path in PROBES] == [200, 200]


def test_other_paths_are_none_of_its_business(client: Client) -> None:
    assert client.get("/livez/").status_code == 404
