"""The users in the peers' database, which all peers share."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet


def make_users(count: int) -> None:
    """Insert ``count`` users with ids from 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO auth_user (username, email, password, first_name, last_name, is_staff,"
            " is_active, is_superuser, date_joined)"
            " SELECT 'user-' || number, 'user-' || number || '@example.com', %s, '', '',"
            " false, true, false, now() FROM generate_series(1, %s) AS number",
            [make_password(None), count],
        )


def callers(count: int) -> QuerySet[User]:
    """Return ``count`` users with odd ids, spread over the whole table."""
    interval = max(2, User.objects.count() // count // 2 * 2)
    return User.objects.filter(pk__in=range(1, count * interval + 1, interval))
