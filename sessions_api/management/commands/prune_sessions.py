"""``manage.py prune_sessions``: deletes obsolete rows. Run it regularly, for example by cron."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from sessions_api.services.pruning import MAX_BATCH_SIZE, ObsoleteRows, obsolete_rows


class Command(BaseCommand):
    """Safe to run while the service is serving, and several times in parallel."""

    help = (
        "Delete, in small batches, expired sessions, sessions that a new password has ended, spent "
        "tokens of second factors, what is kept of sessions that ended longer ago than "
        "ENDED_SESSION_RETENTION or whose account is gone and, if AUDIT_RETENTION is set, old "
        "audit events and finished bulk sign-outs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch-size",
            type=int,
            default=5000,
            metavar="ROWS",
            help=f"rows per transaction, at most {MAX_BATCH_SIZE}; 5000 by default",
        )
        parser.add_argument(
            "--max-batches", type=int, metavar="N", help="stop after N batches of each kind"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count the rows")

    def handle(
        self,
        *_args: object,
        batch_size: int,
        max_batches: int | None,
        dry_run: bool,
        **_options: object,
    ) -> None:
        """Prune, and print the number of rows of each kind.

        :raises CommandError: an option is out of range.
        """
        for kind in obsolete_rows():
            if dry_run:
                self.stdout.write(f"{kind.name} that would be removed: {kind.count()}")
            else:
                self._prune(kind, batch_size, max_batches)

    def _prune(self, kind: ObsoleteRows, batch_size: int, max_batches: int | None) -> None:
        try:
            batches = kind.prune(batch_size, max_batches=max_batches)
        except ValueError as error:
            raise CommandError(str(error)) from error
        # Without a terminal there is no progress bar, and so no need to count.
        bar = tqdm(desc=kind.name, unit=" rows", leave=False, disable=None)
        if not bar.disable:
            bar.total = kind.count()
            bar.refresh()
        removed = 0
        try:
            with bar:
                for deleted in batches:
                    removed += deleted
                    bar.update(deleted)
        finally:
            self.stdout.write(f"{kind.name} removed: {removed}")
