"""``manage.py partition_sessions``: splits the table of sessions by user."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import router

from sessions_api.databases.partitions.conversion import Scheme, conversion
from sessions_api.management import partitioning
from sessions_api.models import UserSession

#: More would make statements without a user slow: each reads an index per partition.
MOST_PARTITIONS = 128


class Command(BaseCommand):
    """Leaves everything as it was if it fails or is interrupted."""

    help = (
        "Split the table of sessions into partitions by a hash of their users, on PostgreSQL. The "
        "table is copied in one transaction. Requests wait until it ends: stop the service, or "
        "expect some ten seconds for each million of sessions. Needs free space for a copy."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--partitions",
            type=int,
            required=True,
            metavar="N",
            help=f"the number of partitions, 2 to {MOST_PARTITIONS}",
        )
        partitioning.add_arguments(parser)

    def handle(
        self, *_args: object, partitions: int, lock_timeout: int, dry_run: bool, **_options: object
    ) -> None:
        """Convert the table, printing each statement before it runs.

        :raises CommandError: an option is out of range, or the table cannot be converted.
        """
        if not 2 <= partitions <= MOST_PARTITIONS:
            raise CommandError(f"--partitions must be 2 to {MOST_PARTITIONS}, not {partitions}.")
        name, key = UserSession._meta.db_table, UserSession._meta.get_field("user").column
        bounds = {
            f"{name}_p{number}": f"WITH (MODULUS {partitions}, REMAINDER {number})"
            for number in range(partitions)
        }
        with partitioning.locked(
            name,
            key,
            get_user_model()._meta.db_table,
            using=router.db_for_write(UserSession),
            lock_timeout=lock_timeout,
            dry_run=dry_run,
            write=self.stdout.write,
        ) as (table, run):
            if table.is_partitioned:
                raise CommandError("The table has partitions already.")
            partitioning.require_replaceable(table)
            for statement in conversion(table, Scheme("HASH", key, bounds)):
                run(statement)
