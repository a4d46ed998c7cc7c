"""``manage.py reencrypt_second_factors``: to be run after a new encryption key was put in front."""

from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services.encryption import Undecipherable, reencrypt

BATCH_SIZE = 500


class Command(BaseCommand):
    """May run while the service runs, and again where it was interrupted."""

    help = (
        "Encrypt the secrets of all second factors under the first of the keys. Afterwards the "
        "other keys are needed for backup codes only: those made before go on under theirs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch-size",
            type=int,
            default=BATCH_SIZE,
            metavar="ROWS",
            help="rows of one statement; %(default)s by default",
        )

    def handle(self, *_args: object, batch_size: int, **_options: object) -> None:
        """Do it, and say how many there were.

        :raises CommandError: naming the ids of those that none of the keys decrypts; the others
            are done. Or for a size that is none.
        """
        if batch_size < 1:
            raise CommandError(f"A batch has at least 1 row, not {batch_size}.")
        done = 0
        undecipherable: list[int] = []
        for batch in _batches(batch_size):
            changed = []
            for factor in batch:
                try:
                    factor.secret = reencrypt(factor.secret)
                except Undecipherable:
                    undecipherable.append(factor.pk)
                else:
                    changed.append(factor)
            done += SecondFactor.objects.bulk_update(changed, ["secret"])
        self.stdout.write(f"Second factors encrypted under the first key: {done}")
        if undecipherable:
            ids = ", ".join(map(str, undecipherable))
            raise CommandError(f"None of the keys decrypts the second factors {ids}.")


def _batches(size: int) -> Iterator[list[SecondFactor]]:
    """All second factors in the order of their ids, so many at a time."""
    rows = SecondFactor.objects.order_by("pk").only("secret")
    batch = list(rows[:size])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:size])
