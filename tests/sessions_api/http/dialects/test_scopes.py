"""Every endpoint of every dialect, with each single scope, for each kind of user.

The required scope is that of the policy, which another test compares with the contract.
"""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.http.dialects.v3 import urls as v3
from sessions_api.http.dialects.v4 import urls as v4
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.http.dialects.wolfpal import urls as wolfpal
from sessions_api.http.policy import Audience, Policy
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.api import Api, Login
from tests.cast import DOING, LOOKING, allow
from tests.policy_table import endpoints
from tests.sessions_api.http.dialects.spellings import Dialect

pytestmark = pytest.mark.django_db

URLS = {"v3": v3, "v4": v4, "v5": v5, "wolfpal": wolfpal}


def requests(dialect: Dialect, somebody: Any) -> list[tuple[str, str, Policy]]:
    """Yield method, path and policy of each endpoint that requires a session.

    Paths of v4 have two policies: for the caller's own objects, and for others'.
    """
    found = []
    for method, path, viewset, action in endpoints(URLS[dialect.name].urlpatterns):
        owners = [somebody.pk] if len(viewset.policy_tables()) == 1 else ["me", somebody.pk]
        for owner, policies in zip(owners, viewset.policy_tables(), strict=True):
            if policies[action].audience is not Audience.ANONYMOUS:
                ids = {":uid": str(owner)}
                parts = [
                    ids.get(part, "1" if part[:1] == ":" else part) for part in path.split("/")
                ]
                found.append((method, "/".join(parts), policies[action]))
    return found


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_opens_only_its_endpoints(
    dialect: Dialect,
    bob: Any,
    staff: Any,
    make_user: Callable[..., Any],
    log_in: Any,
    scope: Scope,
) -> None:
    user, former = make_user("user"), allow(make_user("former", is_staff=True), *LOOKING, *DOING)
    opened = 0
    for who in (user, staff, former):
        login: Login = log_in(who, permission_flags=int(scope))
        if who is former:
            type(who).objects.filter(pk=who.pk).update(is_staff=False)
        for method, path, policy in requests(dialect, bob):
            response = Api(dialect.prefix, login.token)(method, path, {"ids": [], "sessions": []})
            may = policy.scope is not None and scope in (policy.scope, Scope.ALL)
            may = may and (who is staff or policy.audience is not Audience.STAFF)
            assert (response.status_code == 403) is not may, (who.username, method, path)
            if may:
                opened += 1
                # The endpoint may have ended the session.
                UserSession.objects.bulk_create([login.session], ignore_conflicts=True)
            else:
                assert response.json() == dialect.error("INSUFFICIENT_PERMISSIONS_ERROR")
    assert opened or scope is not Scope.ALL
