"""Unique ids for new users: their creation time in UNIX milliseconds."""

import functools
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from django.db import IntegrityError, models, transaction

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=models.Model)


class NewIdQuerySet(models.QuerySet[ModelT]):
    def bulk_create(
        self,
        objs: Iterable[ModelT],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[ModelT]:
        """Insert users and give new ids to those without one. The arguments are Django's.

        :raises ValueError: a user has no id, and ``ignore_conflicts`` or ``update_conflicts`` is
            set. If another process took the new id, the former would drop the user, and the latter
            would overwrite the other one.
        """
        users = list(objs)
        insert = functools.partial(
            super().bulk_create,
            users,
            batch_size=batch_size,
            ignore_conflicts=ignore_conflicts,
            update_conflicts=update_conflicts,
            update_fields=update_fields,
            unique_fields=unique_fields,
        )
        unnumbered = [user for user in users if user.pk is None]
        if not unnumbered:
            return insert()
        if ignore_conflicts or update_conflicts:
            raise ValueError("With ignore_conflicts or update_conflicts, users must have ids.")
        self._for_write = True
        return insert_with_new_ids(unnumbered, insert, using=self.db)


def insert_with_new_ids(users: Sequence[models.Model], insert: Callable[[], T], *, using: str) -> T:
    """Insert users with the current millisecond as their id, or the nearest free one before it.

    It takes no extra query unless an id is taken. The primary key's constraint detects that, so
    this is safe with concurrent processes. Ids are never in the future and increase in the order of
    ``users``.

    :param users: unsaved users without an id. They have none again if inserting failed.
    :param insert: inserts the users. It runs in a savepoint and is retried while ids collide.
    :param using: the alias of the database.
    :returns: the result of ``insert``.
    :raises IntegrityError: a constraint other than the primary key's is violated.
    """
    now = _now()
    ids: Sequence[int] = range(now, now - len(users), -1)
    while True:
        for user, new_id in zip(users, reversed(ids), strict=True):
            user.pk = new_id
        try:
            with transaction.atomic(using=using):
                return insert()
        except BaseException as error:
            for user in users:
                user.pk = None
            if not isinstance(error, IntegrityError):
                raise
            existing = type(users[0])._base_manager.using(using)
            if not _taken(existing, ids[-1], ids[0]) & set(ids):
                raise
            ids = _free(existing, now, len(users))


def number_loaded_user(instance: models.Model, raw: bool, using: str, **_kwargs: object) -> None:
    """Give a free id to a user in a fixture without one (``dumpdata --natural-primary``).

    This is a receiver of ``pre_save``, because ``loaddata`` does not call :meth:`User.save`.
    """
    if raw and instance.pk is None:
        instance.pk = _free(type(instance)._base_manager.using(using), _now(), 1)[0]


def _now() -> int:
    return time.time_ns() // 1_000_000


def _free(existing: models.QuerySet[models.Model], newest: int, count: int) -> list[int]:
    """Return the latest ``count`` free ids up to ``newest``, newest first."""
    span = count
    while True:
        span = 2 * span + 100
        taken = _taken(existing, newest - span + 1, newest)
        free = [new_id for new_id in range(newest, newest - span, -1) if new_id not in taken]
        if len(free) >= count:
            return free[:count]


def _taken(existing: models.QuerySet[models.Model], first: int, last: int) -> set[int]:
    return set(existing.filter(pk__range=(first, last)).values_list("pk", flat=True))
