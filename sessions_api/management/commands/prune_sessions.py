"""``manage.py prune_sessions``: to be run from time to time, by cron for instance."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from sessions_api.services.pruning import MAX_BATCH_SIZE, Leftovers, leftovers


class Command(BaseCommand):
    """May run in parallel with itself and while the service runs."""

    help = (
        "Delete expired sessions, spent tokens of second factors and, where AUDIT_RETENTION says "
        "how long they are kept, old audit events and finished endings, in small batches."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How much at once, and how much in all."""
        parser.add_argument(
            "--batch-size",
            type=int,
            default=5000,
            metavar="ROWS",
            help=f"rows of one transaction, at most {MAX_BATCH_SIZE}; 5000 by default",
        )
        parser.add_argument(
            "--max-batches", type=int, metavar="N", help="stop after so many batches of each kind"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")

    def handle(
        self,
        *_args: object,
        batch_size: int,
        max_batches: int | None,
        dry_run: bool,
        **_options: object,
    ) -> None:
        """Prune, and say how many rows of each kind that removed.

        :raises CommandError: for sizes and numbers out of range.
        """
        for kind in leftovers():
            if dry_run:
                self.stdout.write(f"{kind.name} that would be removed: {kind.count()}")
            else:
                self._prune(kind, batch_size, max_batches)

    def _prune(self, kind: Leftovers, batch_size: int, max_batches: int | None) -> None:
        try:
            batches = kind.prune(batch_size, max_batches=max_batches)
        except ValueError as error:
            raise CommandError(str(error)) from error
        # Without a terminal there is no bar, and nothing to count for it.
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
