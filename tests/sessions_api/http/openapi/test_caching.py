"""Caching of descriptions, in the process and by clients."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sessions_api.http.openapi import rendering
from sessions_api.http.openapi.description import Description
from sessions_api.http.openapi.rendering import MAX_KEPT
from tests.api import Api
from tests.conditions import CONDITIONS

ACCEPTS = ["application/yaml", "application/json"]


@pytest.fixture
def api() -> Api:
    return Api(prefix="/api")


@pytest.fixture(autouse=True)
def rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Clear the cache, and record the roots for which descriptions are rendered."""
    roots = []
    document = Description.document

    def counting(self: Description, root: str) -> dict[str, Any]:
        roots.append(root)
        return document(self, root)

    monkeypatch.setattr(Description, "document", counting)
    rendering._render.cache_clear()
    yield roots
    rendering._render.cache_clear()


def test_it_is_rendered_once_in_each_format(api: Api, rendered: list[str]) -> None:
    for accept in ACCEPTS * 3:
        for method in ("GET", "HEAD"):
            for path in ("/schema/v5/", "/schema/v5", "/schema/"):
                assert api(method, path, HTTP_ACCEPT=accept).status_code == 200
    assert rendered == ["/api/"] * 2


def test_concurrent_requests_wait_for_one_rendering(api: Api, rendered: list[str]) -> None:
    callers = [threading.Thread(target=api, args=("GET", "/schema/v5/")) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert rendered == ["/api/"]


def test_the_cache_is_bounded(api: Api, rendered: list[str]) -> None:
    for number in range(MAX_KEPT + 8):
        api("GET", "/schema/wolfpal/", SCRIPT_NAME=f"/{number}")
        # Queries and trailing slashes do not cause another rendering.
        api("GET", f"/schema/wolfpal?other={number}", SCRIPT_NAME=f"/{number}")
    assert len(rendered) == MAX_KEPT + 8
    for number, is_kept in ((MAX_KEPT + 7, True), (8, True), (7, False)):
        before = len(rendered)
        api("GET", "/schema/wolfpal/", SCRIPT_NAME=f"/{number}")
        assert (len(rendered) == before) == is_kept


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_matching_etag_gets_304(api: Api, method: str, accept: str) -> None:
    first = api("GET", "/schema/v4/", HTTP_ACCEPT=accept)
    etag = first["ETag"]
    assert etag.startswith('"')
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = api(method, "/schema/v4/", HTTP_ACCEPT=accept, HTTP_IF_NONE_MATCH=known)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary"):
            assert again[name] == first[name]
    stale = api(method, "/schema/v4/", HTTP_ACCEPT=accept, HTTP_IF_NONE_MATCH='"other"')
    assert stale.status_code == 200
    assert stale["Content-Length"] == first["Content-Length"]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
@pytest.mark.parametrize("path", ["/schema/v4/", "/docs/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_other_conditions_are_ignored(
    api: Api, method: str, path: str, condition: dict[str, str]
) -> None:
    same = {"x-request-id": "one"}
    plain, asked = (api(method, path, headers=same | one) for one in ({}, condition))
    assert (asked.status_code, asked.content) == (200, plain.content)
    assert asked.headers == plain.headers


def test_each_format_has_its_own_etag(api: Api) -> None:
    kinds = [*ACCEPTS, "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"]
    etags = {
        api("GET", path, HTTP_ACCEPT=accept, SCRIPT_NAME=below)["ETag"]
        for accept in kinds
        for path in ("/schema/v3/", "/schema/v4/")
        for below in ("", "/below")
    }
    assert len(etags) == len(kinds) * 2 * 2


def test_the_cache_headers(api: Api) -> None:
    response = api("GET", "/schema/v3/", token="Bearer nothing")
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Vary"] == "Accept"
