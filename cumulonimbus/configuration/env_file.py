"""Variables from a file, in the syntax that systemd, Docker and Compose read alike.

These are lines ``NAME=value``, empty lines, and lines that begin with ``#``. Quotes, backslashes,
``$`` and ``#`` after a space mean something else to each of them, so they are refused: the service
would otherwise run with another secret than its commands.
"""

import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.ASCII)
_AMBIGUOUS = re.compile(r"""['"\\$]|(?:^|\s)#|^\s|\s$""")


def load(name: str, environment: MutableMapping[str, str]) -> Path | None:
    """Add the variables of a file to the environment.

    Variables that are already set keep their values.

    :param name: the path of the file; "" for none.
    :returns: its absolute path.
    :raises ImproperlyConfigured: the file cannot be read, or has an invalid line. Values are not
        quoted.
    """
    if not name:
        return None
    path = Path(name).absolute()
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ImproperlyConfigured(f"ENV_FILE names {path}, which cannot be read: {reason}.") from (
            None
        )
    # All of it, before anything is set.
    for variable, value in dict(_variables(path, text)).items():
        environment.setdefault(variable, value)
    return path


def _variables(path: Path, text: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        where = f"ENV_FILE: line {number} of {path}"
        match = _LINE.fullmatch(line)
        if match is None or "\0" in line:
            raise ImproperlyConfigured(
                f"{where} is not NAME=value, without export and without spaces before the =."
            )
        variable, value = match.groups()
        if variable in seen:
            raise ImproperlyConfigured(f"{where} sets {variable} a second time.")
        if _AMBIGUOUS.search(value):
            raise ImproperlyConfigured(
                f"{where} gives {variable} a value that systemd, Docker and Compose read "
                "differently: it has quotes, a backslash, $, a # after a space, or a space at one "
                "end. In URLs, write %22, %27, %5C and %24."
            )
        seen.add(variable)
        yield variable, value
