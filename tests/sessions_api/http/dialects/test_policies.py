"""The policy tables of the older dialects, as in the contract."""

from typing import Any

import pytest

from sessions_api.http.dialects.v3 import urls as v3
from sessions_api.http.dialects.v4 import urls as v4
from sessions_api.http.dialects.wolfpal import urls as wolfpal
from tests.policy_table import squeezed, table

# method, path: audience, permission, scope, switches, own rate, reverification
V3 = """
POST   /user/session           | anyone without a valid session | - | - | ACCOUNT_LOGIN | login 3/180 also 4/300 | -
GET    /user/session           | self  | -                                  | SESSION_READ           | -              | - | -
GET    /user/session/:sid      | self  | -                                  | SESSION_READ           | -              | - | -
DELETE /user/session/:sid      | self  | -                                  | SESSION_MODIFY         | ACCOUNT_MODIFY | - | -
GET    /user/sessions          | self  | -                                  | SESSION_READ           | -              | - | -
DELETE /user/sessions          | self  | -                                  | SESSION_MODIFY         | ACCOUNT_MODIFY | - | -
DELETE /user/sessions/all      | self  | -                                  | SESSION_MODIFY         | ACCOUNT_MODIFY | - | -
GET    /user/:uid/sessions     | staff | sessions_api.view_usersession      | STAFF_READ_SESSIONS    | -              | - | -
GET    /user/:uid/session/:sid | staff | sessions_api.view_usersession      | STAFF_READ_SESSIONS    | -              | - | -
DELETE /user/:uid/session/:sid | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS  | -              | - | -
DELETE /user/:uid/sessions     | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS  | -              | - | -
DELETE /user/:uid/sessions/all | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS  | -              | - | -
"""  # noqa: E501

# Each path has a policy for the caller's own objects, and one for others'.
V4 = """
POST   /login                    | anyone without a valid session | - | - | ACCOUNT_LOGIN | login 3/180 also 4/300 | -
GET    /users/:uid/sessions      | self  | -                                  | SESSION_READ          | -              | - | -
GET    /users/:uid/sessions      | staff | sessions_api.view_usersession      | STAFF_READ_SESSIONS   | -              | - | -
DELETE /users/:uid/sessions      | self  | -                                  | SESSION_MODIFY        | ACCOUNT_MODIFY | - | -
DELETE /users/:uid/sessions      | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS | -              | - | -
DELETE /users/:uid/sessions/all  | self  | -                                  | SESSION_MODIFY        | ACCOUNT_MODIFY | - | -
DELETE /users/:uid/sessions/all  | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS | -              | - | -
GET    /users/:uid/sessions/:sid | self  | -                                  | SESSION_READ          | -              | - | -
GET    /users/:uid/sessions/:sid | staff | sessions_api.view_usersession      | STAFF_READ_SESSIONS   | -              | - | -
DELETE /users/:uid/sessions/:sid | self  | -                                  | SESSION_MODIFY        | ACCOUNT_MODIFY | - | -
DELETE /users/:uid/sessions/:sid | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS | -              | - | -
"""  # noqa: E501

WOLFPAL = """
GET    /sessions      | self | - | SESSION_READ   | -              | - | -
DELETE /sessions      | self | - | SESSION_MODIFY | ACCOUNT_MODIFY | - | -
DELETE /sessions/:sid | self | - | SESSION_MODIFY | ACCOUNT_MODIFY | - | -
"""


@pytest.mark.parametrize(
    ("urls", "promised"),
    [(v3, V3), (v4, V4), (wolfpal, WOLFPAL)],
    ids=["v3", "v4", "wolfpal"],
)
def test_the_table_matches_the_contract(urls: Any, promised: str) -> None:
    actual = table(urls.urlpatterns)
    print("\n".join(actual))
    assert sorted(actual) == sorted(squeezed(promised))
