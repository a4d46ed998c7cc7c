"""The number of SQL queries of each endpoint of second factors, in one table."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import FACTORS, answer, by_code, challenge
from tests.sessions_api.second_factors.totp import App, Clock
from tests.statements import statements

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}
ANNS = "/users/{ann}/2fa"

# One query reads the caller. A challenge reads the types, the backup codes and the credentials.
# Verifying an answer adds to the types: the account's lock, the token (looked up, stored), the
# factor (locked, updated) and the audit event. Changing factors locks the account, and reads the
# caller's session again, as every operation of staff does.
TABLE = [
    # caller, method, path, reverification, number of queries; which they are
    ("ann", "GET", FACTORS, None, 3),  # the caller, count, page
    ("ann", "GET", f"{FACTORS}/{{factor}}", None, 2),
    ("ann", "POST", f"{FACTORS}/totp", "password", 3),  # the caller, the challenge
    ("ann", "POST", f"{FACTORS}/totp", "2fa", 11),  # the caller, the answer, lock, session
    ("ann", "POST", f"{FACTORS}/webauthn", "2fa", 12),  # + credentials
    ("ann", "POST", f"{FACTORS}/backup", "2fa", 18),  # + any, audit, notice (2), codes (3)
    ("ann", "DELETE", f"{FACTORS}/{{factor}}", "2fa", 19),  # + ids, delete, any, codes (2)
    ("ann", "DELETE", f"{FACTORS}/all", "2fa", 19),
    ("ann", "DELETE", f"{FACTORS}/{{unknown}}", "2fa", 12),  # + ids
    ("ann", "DELETE", FACTORS, "2fa", 12),
    ("sam", "GET", ANNS, None, 6),  # the caller, permissions, owner, count, page
    ("sam", "GET", f"{ANNS}/{{factor}}", None, 5),
    ("sam", "DELETE", f"{ANNS}/all", "password", 21),  # + types of sam's twice, sam again (5)
]


@pytest.mark.parametrize(("who", "method", "path", "reverification", "queries"), TABLE)
def test_each_endpoint_takes_as_many_queries(
    me: Login,
    boss: Login,
    anns_app: App,
    who: str,
    method: str,
    path: str,
    reverification: str | None,
    queries: int,
) -> None:
    assert anns_app.factor
    path = path.format(ann=me.user.pk, factor=anns_app.factor.pk, unknown=999)
    api = {"ann": me.api, "sam": boss.api}[who]
    api("GET", "/users/me/sessions/me")
    some = {"ids": [998, 999]} if path == FACTORS and method == "DELETE" else {}
    body = REVERIFIED | some if reverification else None
    if reverification == "2fa":
        body = by_code(api(method, path, body).json(), anns_app.next_code()) | some
    with CaptureQueriesContext(connection) as captured:
        api(method, path, body)
    assert len(statements(captured)) == queries, statements(captured)


def test_a_confirmation(me: Login, clock: Clock) -> None:
    begun = enrolment.begin_totp(Actor(user=me.user))
    code = App(begun["secret"], clock).code()
    body = {"token": begun["token"], "name": "x", "code": code}
    me.api("GET", "/users/me/sessions/me")
    with CaptureQueriesContext(connection) as captured:
        assert me.api("POST", f"{FACTORS}/totp/confirm", body).status_code == 201
    # The caller, lock, session, token (2), any, factor, codes (3), audit, notice (2).
    assert len(statements(captured)) == 13, statements(captured)


@pytest.mark.parametrize("factors", [1, 8])
def test_a_login_takes_the_same_for_any_number_of_factors(
    ann: Any, enrol_app: Callable[..., App], factors: int
) -> None:
    apps = [enrol_app(ann) for _ in range(factors)]
    with CaptureQueriesContext(connection) as captured:
        asked = challenge(Api())
    # Switches, account, its lock, types, backup codes.
    assert len(statements(captured)) == 5, statements(captured)
    code = apps[0].next_code()
    with CaptureQueriesContext(connection) as captured:
        assert Api()("POST", "/login", by_code(asked, code)).status_code == 201
    # Switches, account, the answer; then the session: lock, free id, session, audit, and where ann
    # has logged in from (2).
    assert len(statements(captured)) == 17, statements(captured)


def test_a_login_with_a_key_or_a_backup_code(anns_app: App, anns_key: Authenticator) -> None:
    with CaptureQueriesContext(connection) as captured:
        asked = challenge(Api())
    assert len(statements(captured)) == 6, statements(captured)
    assert anns_app.backup_codes
    proofs = [("webauthn", anns_key.get(asked["challenge"])), ("backup", anns_app.backup_codes[0])]
    for (kind, proof), queries in zip(proofs, (17, 16), strict=True):
        body = answer(
            challenge(Api())["token"] if kind == "backup" else asked["token"], kind, proof
        )
        with CaptureQueriesContext(connection) as captured:
            assert Api()("POST", "/login", body).status_code == 201
        assert len(statements(captured)) == queries, statements(captured)
