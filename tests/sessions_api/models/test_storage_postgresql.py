"""Storage parameters of the table of sessions in PostgreSQL."""

import pytest
from django.db import connection

from sessions_api.models import UserSession


@pytest.mark.django_db
def test_the_table_is_tuned_for_many_updates_and_deletions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unnest(reloptions) FROM pg_class WHERE relname = %s",
            [UserSession._meta.db_table],
        )
        kept = {option for (option,) in cursor.fetchall()}
    assert kept == {"fillfactor=85", "autovacuum_vacuum_scale_factor=0.01"}
