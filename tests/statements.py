"""Captured SQL statements."""

from django.test.utils import CaptureQueriesContext


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Return the captured statements, without those that begin or end transactions.

    Those in which SQLite keeps ended sessions are left out: PostgreSQL needs none of their own.
    """
    bounds = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    kept = 'INSERT INTO "sessions_api_pastsession"'
    return [q["sql"] for q in captured.captured_queries if not q["sql"].startswith((*bounds, kept))]
