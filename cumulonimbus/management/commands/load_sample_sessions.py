"""``manage.py load_sample_sessions``: load any number of generated users and sessions."""

from collections.abc import Iterable
from typing import TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tqdm import tqdm

from cumulonimbus.models import User
from cumulonimbus.samples.bulk_loading import load
from cumulonimbus.samples.sessions import (
    MOST_SEEDS,
    MOST_USERS,
    SampleSession,
    SampleUser,
    sample_sessions,
    sample_users,
)
from sessions_api.models import UserSession

Row = TypeVar("Row")


class Command(BaseCommand):
    """Loads generated users and sessions, in one transaction."""

    help = (
        "Load generated users and sessions, to try things at scale. The accounts have unusable "
        "passwords, and nothing is audited."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add options for the numbers and the seed."""
        parser.add_argument("--sessions", type=int, required=True, metavar="N")
        parser.add_argument("--users", type=int, required=True, metavar="N")
        parser.add_argument(
            "--largest",
            type=int,
            metavar="N",
            help="sessions of the one user who has the most; by default a thousandth of them",
        )
        parser.add_argument(
            "--seed",
            type=int,
            default=0,
            metavar="S",
            help=f"0 to {MOST_SEEDS - 1}, each with different users and sessions; 0 by default",
        )

    def handle(
        self,
        *_args: object,
        sessions: int,
        users: int,
        largest: int | None,
        seed: int,
        **_options: object,
    ) -> None:
        """Load users and sessions.

        :raises CommandError: a number is out of range, or users of this seed already exist.
        """
        if largest is None:
            largest = sessions // 1000
        _check("--users", users, 1, MOST_USERS)
        _check("--sessions", sessions, 1, 10**9)
        _check("--largest", largest, 0, sessions)
        _check("--seed", seed, 0, MOST_SEEDS - 1)
        made_users = sample_users(users, seed=seed)
        made_sessions = sample_sessions(
            sessions, users=users, largest=largest, seed=seed, now=timezone.now()
        )
        try:
            with transaction.atomic():
                load(User, SampleUser._fields, _shown(made_users, users, "users"))
                load(
                    UserSession, SampleSession._fields, _shown(made_sessions, sessions, "sessions")
                )
        except IntegrityError as error:
            raise CommandError(
                f"The users of seed {seed} already exist. Choose another --seed. "
                "Nothing was loaded."
            ) from error
        if connection.vendor == "postgresql":
            # Without new statistics, the planner would assume the old sizes of the tables.
            with connection.cursor() as cursor:
                for model in (User, UserSession):
                    cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
        self.stdout.write(f"Loaded: {users} users with {sessions} sessions.")


def _check(option: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise CommandError(f"{option} must be from {least} to {most}, not {number}.")


def _shown(rows: Iterable[Row], total: int, unit: str) -> Iterable[Row]:
    """Return the rows, with a progress bar if there is a terminal."""
    shown: Iterable[Row] = tqdm(rows, total=total, unit=f" {unit}", leave=False, disable=None)
    return shown
