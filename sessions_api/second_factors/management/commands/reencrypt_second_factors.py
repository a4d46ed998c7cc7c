"""``manage.py reencrypt_second_factors``: run it after putting a new encryption key first."""

from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services.encryption import DecryptionError, reencrypt

BATCH_SIZE = 500


class Command(BaseCommand):
    """Re-encrypts all secrets. It is safe while the service runs, and to repeat if interrupted."""

    help = (
        "Encrypt the secrets of all second factors with the first key. Afterwards the other keys "
        "are needed only for existing backup codes, which keep their keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch-size",
            type=int,
            default=BATCH_SIZE,
            metavar="ROWS",
            help="number of rows per statement; default: %(default)s",
        )

    def handle(self, *_args: object, batch_size: int, **_options: object) -> None:
        """Re-encrypt all secrets and print how many there were.

        :raises CommandError: the batch size is less than 1; or no key decrypts some of the secrets,
            in which case all others are re-encrypted and the message lists the ids.
        """
        if batch_size < 1:
            raise CommandError(f"The batch size must be at least 1, not {batch_size}.")
        done = 0
        undecipherable: list[int] = []
        for batch in _batches(batch_size):
            changed = []
            for factor in batch:
                try:
                    factor.secret = reencrypt(factor.secret)
                except DecryptionError:
                    undecipherable.append(factor.pk)
                else:
                    changed.append(factor)
            done += SecondFactor.objects.bulk_update(changed, ["secret"])
        self.stdout.write(f"Second factors encrypted under the first key: {done}")
        if undecipherable:
            ids = ", ".join(map(str, undecipherable))
            raise CommandError(f"No key can decrypt the second factors {ids}.")


def _batches(size: int) -> Iterator[list[SecondFactor]]:
    """Yield all second factors ordered by id, in batches."""
    rows = SecondFactor.objects.order_by("pk").only("secret")
    batch = list(rows[:size])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:size])
