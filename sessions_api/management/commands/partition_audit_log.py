"""``manage.py partition_audit_log``: keeps the audit log in partitions of a month each."""

from collections.abc import Iterator
from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, router
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.databases.partitions import months
from sessions_api.databases.partitions.catalog import Table
from sessions_api.databases.partitions.conversion import Scheme, conversion, partitions
from sessions_api.management import partitioning
from sessions_api.models import AuditEvent

KEY = "at"


class Command(BaseCommand):
    """Leaves everything as it was if it fails or is interrupted."""

    help = (
        "Keep the audit log in partitions of a month each (UTC), on PostgreSQL. The first time, "
        "the table is copied in one transaction, and whatever is audited waits. Run it regularly "
        "from then on: it adds the partitions of the coming months and, if AUDIT_RETENTION is set, "
        "drops those of months that are past it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--months-ahead",
            type=int,
            default=3,
            metavar="N",
            help="how many coming months get a partition, 1 to 120; 3 by default",
        )
        partitioning.add_arguments(parser)

    def handle(
        self,
        *_args: object,
        months_ahead: int,
        lock_timeout: int,
        dry_run: bool,
        **_options: object,
    ) -> None:
        """Convert the table or continue its partitions, printing each statement before it runs.

        :raises CommandError: an option is out of range, or the table cannot be converted.
        """
        if not 1 <= months_ahead <= 120:
            raise CommandError(f"--months-ahead must be 1 to 120, not {months_ahead}.")
        with partitioning.locked(
            AuditEvent._meta.db_table,
            KEY,
            using=router.db_for_write(AuditEvent),
            lock_timeout=lock_timeout,
            dry_run=dry_run,
            write=self.stdout.write,
        ) as (table, run):
            now = timezone.now()
            last = months.later(months.month_of(now), months_ahead)
            todo = _continue(table, now, last) if table.is_partitioned else _begin(table, now, last)
            for statement in todo:
                run(statement)


def _begin(table: Table, now: datetime, last: date) -> Iterator[str]:
    partitioning.require_replaceable(table)
    oldest = min(_months_of(table.name), default=months.month_of(now))
    bounds = dict(months.bounds(table.name, min(oldest, months.month_of(now)), last))
    bounds[months.rest(table.name)] = "DEFAULT"
    yield from conversion(table, Scheme("RANGE", KEY, bounds))


def _continue(table: Table, now: datetime, last: date) -> Iterator[str]:
    known = months.read_months(table.name, table.partitions)
    first = months.later(max(known, default=months.later(months.month_of(now), -1)))
    # Their rows stay where they are, and a partition for them would be refused.
    taken = _months_of(months.rest(table.name))
    if table.role:
        yield f"SET LOCAL ROLE {table.role}"
    yield from partitions(table, dict(months.bounds(table.name, first, last, without=taken)))
    retention = api_settings().AUDIT_RETENTION
    if retention is not None:
        kept_since = months.month_of(now - retention)
        yield from (f"DROP TABLE {known[month]}" for month in sorted(known) if month < kept_since)


def _months_of(table: str) -> set[date]:
    """Return the months (UTC) of the events in a table."""
    with connections[router.db_for_write(AuditEvent)].cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT date_trunc('month', {KEY} AT TIME ZONE 'UTC')::date FROM {table}"  # noqa: S608 - names of ours
        )
        return {month for (month,) in cursor.fetchall()}
