"""Which accounts may flip switches, with any user model."""

from types import SimpleNamespace
from typing import Any

import pytest

from killswitches.approvals.people import may_flip


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"is_active": True, "is_staff": True}, True),
        ({"is_active": False, "is_staff": True}, False),
        ({"is_active": True, "is_staff": False}, False),
        ({"is_active": True}, False),
        ({"is_active": True, "is_staff": True, "has_perm": lambda name: False}, False),
    ],
)
def test_a_user_model_without_permissions(attributes: dict[str, Any], expected: bool) -> None:
    account: Any = SimpleNamespace(**attributes)
    assert may_flip(account) is expected
