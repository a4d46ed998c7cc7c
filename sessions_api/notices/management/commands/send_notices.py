"""``manage.py send_notices``: send the notices in the outbox that are due, from cron."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_api.notices.models import Notice, NoticeState
from sessions_api.notices.services.delivery import retry, send_due


class Command(BaseCommand):
    """Safe to run while the service is serving, and several times in parallel."""

    help = (
        "Send the notices to owners of accounts that are due. The processes of the server do so "
        "themselves; run this every few minutes where they may be idle for long, or where accounts "
        "are changed by commands."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only count the notices in each state"
        )
        parser.add_argument(
            "--retry-failed", action="store_true", help="send those that were given up, too"
        )

    def handle(self, *_args: object, dry_run: bool, retry_failed: bool, **_options: object) -> None:
        """Send, and print how many were sent or withdrawn; print nothing if none was due.

        :raises CommandError: some were not sent.
        """
        if dry_run:
            for state in NoticeState:
                count = Notice.objects.filter(state.condition).count()
                self.stdout.write(f"{state.value}: {count}")
            return
        if retry_failed:
            retry(Notice.objects.filter(NoticeState.FAILED.condition))
        outcome = send_due()
        if outcome.sent:
            self.stdout.write(f"Notices sent: {outcome.sent}")
        if outcome.withdrawn:
            self.stdout.write(f"Notices withdrawn: {outcome.withdrawn}")
        if outcome.failed or outcome.given_up:
            text = f"Notices not sent: {outcome.failed} will be tried again"
            raise CommandError(f"{text}, {outcome.given_up} were given up.")
