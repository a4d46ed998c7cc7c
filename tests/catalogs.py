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


#: What Unicode's bidirectional algorithm lays out by itself (UAX 9): from left to right, or by its
#: own first letter.
ISOLATE = re.compile("[\u2066\u2068][^\u2069]*\u2069")
TAG = re.compile(r"</?[a-z][^<>]*>")
#: What is shown in another order or mirrored amid Arabic, and would be read as something else.
REORDERED = re.compile(
    r"""[<>]  # mirrored
    | (?<!\w)(?:--?|[/~+=.\#$@])(?=[A-Za-z0-9])  # a sign in front, such as that of /24 or --flag
    | (?<=[A-Za-z0-9])[/+=*\#](?!\w)  # a sign behind, such as that of C++
    | (?<![A-Za-z0-9])[0-9.]+ (?:  # after an Arabic letter, a number is moved before Latin letters
        [-+=~\u2013][A-Za-z0-9] | ::? [0-9]*[A-Za-z:]
    )""",
    re.VERBOSE,
)
#: The placeholders of such texts: networks, addresses, versions and keys.
TECHNICAL = re.compile(r"%\((?:network|address|version|id)\)s")


def not_isolated(text: str) -> list[str]:
    """Return what an Arabic text must isolate because it is written from left to right.

    Between U+2066 and U+2069 it keeps its order and its signs.
    """
    outside = TAG.sub("", ISOLATE.sub("", text))
    found = TECHNICAL.findall(outside)
    return found + REORDERED.findall(PLACEHOLDER.sub("", outside))
