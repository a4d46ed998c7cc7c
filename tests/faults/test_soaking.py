"""A value that grows is found, and one that only varies is not."""

import pytest

from tests.faults.soaking import course


@pytest.mark.parametrize(
    ("name", "values", "is_passed"),
    [
        ("memory, KiB", [100_000, 100_900, 99_500, 100_200], True),
        ("memory, KiB", [100_000, 102_000, 104_000, 106_000], False),
        ("memory, KiB", [106_000, 104_000, 102_000, 100_000], True),
        ("connections", [10, 10, 11, 10], True),
        ("connections", [10, 11, 12, 13], False),
        ("sessions_api_usersession, KiB", [152, 152, 200, 200], True),
        ("sessions_api_usersession, KiB", [152, 200, 300, 400], False),
        # The audit log keeps what happens.
        ("sessions_api_auditevent, KiB", [152, 200, 300, 400], True),
        ("connections", [10], True),
    ],
)
def test_growth(name: str, values: list[float], is_passed: bool) -> None:
    assert course(name, values).is_passed == is_passed
