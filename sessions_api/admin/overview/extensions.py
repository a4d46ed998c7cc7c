"""The port through which other apps add to the front page: tasks, and what needs care now."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sessions_api.admin.overview.lists import Lists


@dataclass(frozen=True)
class Task:
    """A task, and the page on which it begins."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class Matter:
    """Something that has begun and is not over, or that somebody has requested.

    :param text: its name; escaped.
    :param since: when it began, or was requested.
    :param requested_by: who has requested what waits for a second person; escaped. Empty for what
        has begun.
    """

    text: str
    url: str
    since: datetime
    requested_by: str = ""


@dataclass(frozen=True)
class Matters:
    """Matters of one kind, which are shown above everything else on the front page.

    :param title: what they are.
    :param more: how many more there are on the page of all.
    :param url: that page.
    """

    title: str
    matters: Iterable[Matter]
    more: int = 0
    url: str = ""


#: Called with the lists that the user may view, and the name of the admin site. Leave out what they
#: may not see or do.
Tasks: TypeAlias = Callable[[Lists, str | None], Iterable[Task]]
OpenMatters: TypeAlias = Callable[[Lists, str | None], Iterable[Matters]]


def nothing(lists: Lists, current_app: str | None) -> tuple[()]:
    """Add nothing."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What an app adds to the front page."""

    tasks: Tasks = nothing
    matters: OpenMatters = nothing


_extensions: list[Extension] = []


def register(extension: Extension) -> None:
    """Register an extension. The module ``admin`` of an app calls this."""
    if extension not in _extensions:
        _extensions.append(extension)


def further_tasks(lists: Lists, current_app: str | None) -> Iterator[Task]:
    """Yield the tasks of all extensions."""
    for one in _extensions:
        yield from one.tasks(lists, current_app)


def open_matters(lists: Lists, current_app: str | None) -> Iterator[Matters]:
    """Yield the matters of all extensions, by kind."""
    for one in _extensions:
        yield from one.matters(lists, current_app)
