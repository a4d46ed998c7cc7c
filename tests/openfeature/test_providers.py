"""The stock providers of OpenFeature for Python and for JavaScript, as they are published.

(cd tests/openfeature && npm ci --ignore-scripts)
pytest tests/openfeature
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

from cumulonimbus.openfeature import urlpatterns as urlpatterns
from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.testing import switched_on

HERE = Path(__file__).parent
TOKEN = "0123456789abcdef0123456789abcdef"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.KILLSWITCHES = {"OFREP_TOKENS": [TOKEN]}


@pytest.fixture
def url(live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture
def client(url: str) -> Iterator[OpenFeatureClient]:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    api.set_provider(OFREPProvider(url, headers_factory=lambda: bearer))
    yield api.get_client()
    api.shutdown()


def in_node(kind: str, url: str, *, token: str = TOKEN, **defaults: bool) -> Any:
    run = subprocess.run(
        ["node", "evaluate.mjs", kind, url, token, json.dumps(defaults)],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_python(client: OpenFeatureClient) -> None:
    context = EvaluationContext("ann", {"dialect": "v5"})
    assert client.get_boolean_details("ACCOUNT_LOGIN", True, context).value is False
    with switched_on(ACCOUNT_LOGIN):
        details = client.get_boolean_details("ACCOUNT_LOGIN", False, context)
        assert (details.value, details.variant, details.error_code) == (True, "on", None)
        assert details.flag_metadata["number"] == ACCOUNT_LOGIN.number
    assert client.get_boolean_details("ACCOUNT_LOGIN", True).value is False


def test_python_falls_back_to_the_default(client: OpenFeatureClient) -> None:
    details = client.get_boolean_details("NOTHING", True)
    assert (details.value, details.error_code) == (True, "FLAG_NOT_FOUND")


def test_python_without_the_token(url: str) -> None:
    api.set_provider(OFREPProvider(url))
    try:
        details = api.get_client().get_boolean_details("GLOBAL", True)
    finally:
        api.shutdown()
    assert (details.value, details.error_code, details.error_message) == (
        True,
        "GENERAL",
        "unauthorized",
    )


@pytest.mark.parametrize("kind", ["server", "web"])
def test_javascript(kind: str, url: str) -> None:
    with switched_on(GLOBAL):
        found = in_node(kind, url, GLOBAL=False, ACCOUNT_LOGIN=True, NOTHING=True)
    values = {name: details["value"] for name, details in found.items()}
    once = {"GLOBAL": True, "ACCOUNT_LOGIN": False, "NOTHING": True}
    again = {f"{name} again": value for name, value in once.items()}
    assert values == (once | again if kind == "web" else once)
    assert found["GLOBAL"]["reason"] == "STATIC"
    assert found["NOTHING"]["errorCode"] == "FLAG_NOT_FOUND"


def test_javascript_without_the_token(url: str) -> None:
    found = in_node("server", url, token="wrong", GLOBAL=True)
    assert found["GLOBAL"]["value"] is True
    assert found["GLOBAL"]["errorCode"]
