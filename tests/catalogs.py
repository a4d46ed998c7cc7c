"""The message catalogs of the project, and the texts that must be in them."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.paths import ROOT

LANGUAGES = ("de", "ar")

#: The folders in which every marked text must be translated, and the kinds of files with texts.
TRANSLATED = ("cumulonimbus", "killswitches", "sessions_api", "templates")
SUFFIXES = {".html", ".py", ".txt"}

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

#: A text: the context, and the text with its plural.
Text = tuple[str | None, str | tuple[str, str]]

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")


def sources() -> list[Path]:
    """Return the files whose texts must be translated."""
    found = (path for folder in TRANSLATED for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in found if path.suffix in SUFFIXES)


def texts_of(path: Path) -> Iterator[Text]:
    """Return the texts that a Python module or a template marks for translation."""
    source = path.read_text()
    if path.suffix != ".py":
        # Django turns a template into calls of gettext() amid other words, indented like the page.
        lines = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.strip() for line in lines)
    for _, text, _, context in extract("python", BytesIO(source.encode()), KEYWORDS):
        if isinstance(text, tuple):
            yield context, (text[0], text[1])
        else:
            yield context, text


def catalogs(language: str) -> list[Path]:
    """Return the catalogs of a language, without their suffix."""
    found = ROOT.glob(f"*/locale/{language}/LC_MESSAGES/django.po")
    return sorted(path.with_suffix("") for path in found)


def read(path: Path, language: str) -> Catalog:
    """Read a catalog from a ``.po`` or ``.mo`` file."""
    with path.open("rb") as file:
        return read_po(file, locale=language) if path.suffix == ".po" else read_mo(file)


def translations(catalog: Catalog) -> dict[Text, tuple[str, ...]]:
    """Return the texts that a catalog translates, as programs see them: fuzzy ones are not."""
    found = {}
    for message in catalog:
        # Babel reads plurals as tuples from one kind of file, and as lists from the other.
        text = message.id if isinstance(message.id, str) else tuple(message.id)
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string)
        if text and any(strings) and not message.fuzzy:
            found[message.context, text] = strings
    return found


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text.replace("%%", "")))
