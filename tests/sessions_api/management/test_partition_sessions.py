"""What ``manage.py partition_sessions`` refuses on any database."""

from contextlib import nullcontext

import pytest
from django.core.management import CommandError, call_command

from tests.conditional import on_postgresql

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [-1, 0, 1, 129])
def test_numbers_out_of_range(number: int) -> None:
    with pytest.raises(CommandError, match="--partitions must be 2 to 128"):
        call_command("partition_sessions", partitions=number)


def test_no_time_to_wait() -> None:
    with pytest.raises(CommandError, match="--lock-timeout must be at least 1"):
        call_command("partition_sessions", partitions=2, lock_timeout=0)


def test_only_postgresql_has_partitions() -> None:
    refused = pytest.raises(CommandError, match="Only PostgreSQL has partitions")
    with nullcontext() if on_postgresql() else refused:
        call_command("partition_sessions", partitions=2, dry_run=True)
