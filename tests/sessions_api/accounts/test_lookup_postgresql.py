"""PostgreSQL finds an account in a large table by an index."""

from typing import Any

import pytest

from sessions_api.accounts.lookup import find_by_email, find_by_login
from tests.big_table import explained

pytestmark = [pytest.mark.usefixtures("big_table"), pytest.mark.django_db]


@pytest.mark.parametrize("find", [find_by_login, find_by_email])
@pytest.mark.parametrize("name", ["user77", "USER77", "nobody"])
def test_no_lookup_scans_the_table(find: Any, name: str) -> None:
    term = f"{name}@example.com" if find is find_by_email else name
    with explained() as plans:
        assert (find(term) is None) is (name == "nobody")
    [plan] = plans
    assert plan.scanned == []
    assert plan.rows <= 1
