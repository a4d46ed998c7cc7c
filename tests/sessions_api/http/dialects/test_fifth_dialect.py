"""A new dialect is one folder. Every rule applies to it automatically."""

from typing import Any

import openapi_spec_validator
import pytest

from killswitches.registry import ACCOUNT_MODIFY
from killswitches.testing import switched_on
from sessions_api.checks import settings as checks
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.description import Description
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.structures import SUCCESSFUL_AUTH, listed, shaped
from sessions_api.models import AuditEvent
from tests.api import Api, Login, is_dead
from tests.cast import PASSWORD
from tests.policy_table import squeezed, table
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.fifth import urls
from tests.sessions_api.http.dialects.fifth.viewsets import SessionViewSet
from tests.sessions_api.http.dialects.spellings import DIALECTS, V3, V4

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.sessions_api.http.dialects.urls")]

POLICIES = """
POST   /tokens    | anyone without a valid session | - | - | ACCOUNT_LOGIN | login 4/300 also 3/180 | -
GET    /mine      | self | - | SESSION_READ   | -              | - | -
DELETE /mine/:sid | self | - | SESSION_MODIFY | ACCOUNT_MODIFY | - | -
"""  # noqa: E501


@pytest.fixture
def api() -> Api:
    return Api(prefix="/api/fifth")


def error(code: str, title: str, **data: Any) -> dict[str, Any]:
    return {"errors": [{"code": code, "title": title, **data}]}


def test_its_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    assert table(urls.urlpatterns) == squeezed(POLICIES)
    assert checks.check_policies() == []
    monkeypatch.delitem(SessionViewSet.policies, "destroy")
    [found] = checks.check_policies()
    assert "tests.sessions_api.http.dialects.fifth.viewsets.SessionViewSet.destroy" in found.msg


def test_it_shares_sessions_with_the_other_dialects(api: Api, ann: Any) -> None:
    logged_in = api("POST", "/tokens/", {"name": "ANN", "secret": PASSWORD})
    assert logged_in.status_code == 201
    api.token = logged_in.json()["token"]
    listed = api("GET", "/mine").json()
    [item] = listed["items"]
    assert listed == {"count": 1, "items": [{"token": item["token"], "title": item["title"]}]}
    for dialect in DIALECTS:
        there = dialect.api()("GET", dialect.sessions, token=api.token)
        assert dialect.sids(there.json()) == [item["token"]]
    assert api("DELETE", "/mine/this").json() == {"ended": True}
    for dialect in DIALECTS:
        assert dialect.api()("GET", dialect.sessions, token=api.token).status_code == 401
    assert AuditEvent.objects.filter(kind="sessions_ended", actor=ann).count() == 1


def test_it_has_its_own_error_messages(api: Api, me: Login) -> None:
    for request, status, body in (
        (("GET", "/mine"), 401, error("INVALID_SESSION_ERROR", "Invalid Session")),
        (("GET", "/nothing"), 404, error("INVALID_ENDPOINT_ERROR", "Invalid Endpoint")),
        (("PUT", "/mine"), 405, error("INVALID_ENDPOINT_ERROR", "Invalid Endpoint")),
        (
            ("POST", "/tokens", {"name": "ann"}),
            400,
            error("MISSING_FIELDS_ERROR", "Missing Fields", fields=["secret"]),
        ),
    ):
        response = api(*request)
        assert (response.status_code, response.json()) == (status, body)
    with switched_on(ACCOUNT_MODIFY):
        response = api("DELETE", "/mine/this", token=me.token)
    assert (response.status_code, response.json()) == (
        503,
        error("SERVICE_UNAVAILABLE_ERROR", "Service Unavailable", feature=1),
    )
    assert not is_dead(me)


@pytest.mark.ratelimited
def test_its_logins_count_together_with_those_of_others(
    api: Api, ann: Any, limits_clock: Clock
) -> None:
    def guess() -> int:
        return api("POST", "/tokens", {"name": "ann", "secret": "a guess"}).status_code

    assert [guess() for _ in range(3)] == [401] * 3
    assert [one.log_in(one.api(), password="a guess").status_code for one in (V3, V4)] == [429] * 2
    assert [guess(), guess()] == [401, 429]


def test_it_is_described_whatever_the_form_of_its_errors() -> None:
    """Their code need not be at the top."""
    dialect = Dialect(
        name="fifth",
        title="The fifth",
        description="Nobody speaks it.",
        urlpatterns=urls.urlpatterns,
        structures={
            "SuccessfulAuth": SUCCESSFUL_AUTH,
            "SessionList": listed(SessionViewSet.list_shape, samples.SESSION, key="token"),
            "DeleteSession": shaped(SessionViewSet.ended_shape, None),
        },
    )
    document = Description(dialect, [""]).document("/api/fifth/")
    openapi_spec_validator.OpenAPIV31SpecValidator(document).validate()
    refusal = document["paths"]["/mine"]["get"]["responses"]["401"]
    assert refusal["description"] == "`INVALID_SESSION_ERROR`"
    examples = refusal["content"]["application/json"]["examples"]
    assert set(examples) == {"InvalidSessionError"}
