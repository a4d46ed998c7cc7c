"""Who may read the metrics, and what they never contain."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient, Client, override_settings

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.metrics import definitions
from tests.api import HOME, OWN_SESSIONS, Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.metrics.scraping import TOKEN, parsed, scrape

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("metrics")]


def test_the_text_is_of_prometheus_format() -> None:
    response = scrape()
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert parsed(response.content.decode())


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer \u00e9\u00e9",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "BREW"])
def test_without_the_token_there_is_nothing(method: str, authorization: str) -> None:
    header = authorization.encode().decode("latin-1")
    response = Client().generic(method, "/metrics", HTTP_AUTHORIZATION=header)
    assert (response.status_code, response.content) == (401, b"")
    assert response["WWW-Authenticate"] == "Bearer"
    assert Client().generic(method, "/metrics").status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_methods(method: str) -> None:
    response = Client().generic(method, "/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_head_has_no_body() -> None:
    response = Client().head("/metrics", headers={"authorization": f"bearer {TOKEN}"})
    assert (response.status_code, response.content) == (200, b"")


@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["example.com"])
def test_a_scrape_needs_neither_https_nor_a_known_host() -> None:
    assert scrape(host="10.1.2.3:8000").status_code == 200


@pytest.mark.ratelimited
def test_scrapes_are_not_rate_limited() -> None:
    responses = [scrape() for _ in range(120)]
    assert {response.status_code for response in responses} == {200}


def test_no_kill_switch_closes_it() -> None:
    with switched_on(GLOBAL):
        assert scrape().status_code == 200


@pytest.mark.django_db(transaction=True)
def test_scrapes_under_asgi() -> None:
    async def ask(authorization: str) -> int:
        client = AsyncClient()
        return (await client.get("/metrics", headers={"authorization": authorization})).status_code

    assert asyncio.run(ask(f"Bearer {TOKEN}")) == 200
    assert asyncio.run(ask("Bearer other")) == 401


def test_without_the_setting_there_is_no_such_path() -> None:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"METRICS_TOKEN": ""}):
        assert scrape().status_code == 404


@pytest.mark.django_db(transaction=True)
def test_nothing_is_secret_or_personal(api: Api, ann: Any, me: Login) -> None:
    body = {"username": "ann", "password": PASSWORD}
    token = api("POST", "/login", body, HTTP_AUTHORIZATION="").json()["token"]
    api("POST", "/login", {"username": "ann", "password": "a wrong guess"})
    me.api("GET", f"{OWN_SESSIONS}/{me.session.sid}?page=ann@example.com")
    me.api("DELETE", f"{OWN_SESSIONS}/{me.session.sid}")
    text = scrape().content.decode()
    secrets = [TOKEN, token, me.token, str(me.session.sid), PASSWORD, "a wrong guess"]
    for secret in [*secrets, "ann@example.com", HOME, settings.SECRET_KEY]:
        assert secret not in text
    assert '"ann"' not in text


def test_metrics_and_labels_are_those_that_are_documented() -> None:
    documented = {metric.name.removesuffix("_total"): metric for metric in definitions.ALL}
    found = parsed(scrape().content.decode())
    shown = set()
    for name, labels in found:
        if name.endswith("_created"):
            continue
        plain = name
        for suffix in ("_total", "_bucket", "_count", "_sum"):
            plain = plain.removesuffix(suffix)
        shown.add(plain)
        assert {key for key, _ in labels} - {"le"} == set(documented[plain].labels), name
    assert {metric.name for metric in definitions.ALL if metric.is_read} <= shown
