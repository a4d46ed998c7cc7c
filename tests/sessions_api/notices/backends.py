"""A mail backend to which things happen while it sends."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.mail.backends.locmem import EmailBackend as InMemory
from django.db import connection

BACKEND = f"{__name__}.Interrupted"


class Killed(BaseException):
    """The process ends here."""


class Interrupted(InMemory):
    """Keeps mails in memory, after something has happened."""

    #: Called before a mail is taken.
    happen: ClassVar[Callable[[], object]]

    def send_messages(self, messages: Sequence[Any]) -> int:
        Interrupted.happen()
        return super().send_messages(messages)


def kill() -> None:
    raise Killed


@contextmanager
def killed_after_sending() -> Iterator[None]:
    """Within the block, the process ends before it has noted that a notice was sent."""

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and '"sent_at" = ' in sql:
            raise Killed
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


@contextmanager
def claims_followed_by(happen: Callable[[], object]) -> Iterator[None]:
    """Have something happen within the block each time a notice has been claimed."""

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = run(sql, params, many, context)
        if sql.startswith("UPDATE") and '"attempts" = ' in sql:
            happen()
        return result

    with connection.execute_wrapper(execute):
        yield
