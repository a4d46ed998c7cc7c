"""Callers of knox. Each has only one token, because knox reads all tokens of a user."""

from django.db import connection
from knox.models import AuthToken, get_digest_token
from knox.settings import CONSTANTS

from benchmarks.contenders import people
from benchmarks.contenders.calls import Call


def fill(sessions: int) -> None:
    """Insert unusable tokens, distributed among the users who are not callers.

    Giving all of them to one user would mislead PostgreSQL's planner and slow knox down.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO knox_authtoken (digest, token_key, user_id, created, expiry)"
            " SELECT repeat(md5(number::text), 4), left(md5(number::text), 15),"
            " 2 * (1 + mod(number, (SELECT count(*) / 2 FROM auth_user))), now(), NULL"
            " FROM generate_series(1, %s) AS number",
            [sessions],
        )


def calls(count: int) -> list[Call]:
    users = people.callers(count)
    made = [get_digest_token() for _ in users]
    AuthToken.objects.bulk_create(
        AuthToken(user=user, digest=digest, token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH])
        for user, (digest, token) in zip(users, made, strict=True)
    )
    return [Call("/session", {"Authorization": f"Token {token}"}) for _, token in made]
