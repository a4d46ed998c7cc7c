"""The descriptions and Swagger UI over HTTP."""

import re

import pytest
import yaml
from django.contrib.staticfiles import finders

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from tests.api import Api
from tests.openapi.schemas import DIALECTS, document


@pytest.fixture
def api() -> Api:
    return Api(prefix="/api")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_has_its_own_description(api: Api, dialect: str, slash: str) -> None:
    response = api("GET", f"/schema/{dialect}{slash}")
    assert response.status_code == 200
    assert yaml.safe_load(response.content) == document(dialect)


def test_the_default_dialect_is_the_newest(api: Api) -> None:
    assert yaml.safe_load(api("GET", "/schema/").content) == document("v5")


@pytest.mark.parametrize(
    ("accept", "query", "content_type"),
    [
        ("*/*", "", "application/vnd.oai.openapi"),
        ("application/yaml", "", "application/yaml"),
        ("application/json", "", "application/json"),
        ("application/vnd.oai.openapi+json", "", "application/vnd.oai.openapi+json"),
        ("*/*", "?format=json", "application/vnd.oai.openapi+json"),
        ("application/json", "?format=yaml", "application/vnd.oai.openapi"),
        ("text/html", "", "application/vnd.oai.openapi"),
    ],
)
def test_formats(api: Api, accept: str, query: str, content_type: str) -> None:
    response = api("GET", f"/schema/v3/{query}", HTTP_ACCEPT=accept)
    assert response.status_code == 200
    assert response["Content-Type"].split(";")[0] == content_type


@pytest.mark.parametrize("path", ["/schema/", "/schema/v4/", "/docs/"])
def test_errors_are_those_of_the_api(api: Api, path: str) -> None:
    wrong_method = api("POST", path)
    no_such_format = api("GET", f"{path}?format=pdf")
    for response, status in ((wrong_method, 405), (no_such_format, 404)):
        assert (response.status_code, response.json()["code"]) == (status, "INVALID_ENDPOINT_ERROR")
    assert wrong_method["Allow"] == "GET, HEAD"
    assert api("GET", "/schema/v9/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/schema/", "/schema/v4/", "/docs/"])
def test_they_are_open_whatever_the_switches_and_credentials(api: Api, path: str) -> None:
    with switched_on(GLOBAL):
        assert api("GET", "/").status_code == 503
        assert api("GET", path).status_code == 200
    for credentials in ("Basic bm9ib2R5Om5vdGhpbmc=", "Bearer nothing"):
        assert api("GET", path, token=credentials).status_code == 200


def test_the_server_is_the_path_of_the_api(api: Api) -> None:
    described = yaml.safe_load(api("GET", "/schema/v5/", SCRIPT_NAME="/below").content)
    assert [server["url"] for server in described["servers"]] == ["/below/api", "/below/api/v5"]
    assert described["paths"]["/"]["servers"] == [{"url": "/below/api"}]


def test_swagger_ui_offers_all_dialects_and_loads_only_local_files(api: Api) -> None:
    page = api("GET", "/docs/")
    text = page.content.decode()
    assert page["X-Frame-Options"] == "DENY"
    for dialect in DIALECTS:
        assert f'"/api/schema/{dialect}/"' in text
    assert "//" not in re.sub(r"^ *// .*$", "", text, flags=re.MULTILINE)
    files = re.findall(r'(?:src|href)="/static/([^"]+)"', text)
    assert len(files) == 4
    assert all(finders.find(name) for name in files)
