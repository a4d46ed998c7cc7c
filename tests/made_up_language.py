"""A language in which every text that is marked for translation is in [brackets].

Words outside of brackets on a page have not been marked, or were concatenated. If the brackets are
only put around what a real language has, they may also lack a translation there.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from html.parser import HTMLParser
from unittest import mock

from django.test import override_settings
from django.utils.translation import trans_real

#: A language that Django knows, so that it can be negotiated.
LANGUAGE = "eo"
HEADERS = {"Accept-Language": LANGUAGE}

#: What a text is in a language that lacks it.
MISSING = "(missing)"

#: Elements whose text is not read, or is data: paths of endpoints, details of events in JSON, and
#: names of permissions, which are stored in the database.
UNREAD = {"script", "style", "code", "pre"}
UNREAD_CLASSES = {"field-summary", "field-details"}
UNREAD_IDS = {"id_user_permissions", "id_permissions", "id_groups", "id_password"}
VOID = {"br", "hr", "img", "input", "line", "link", "meta", "path", "rect", "use"}
READ_ALOUD = ("aria-label", "placeholder", "title", "data-text-running")
READ_ALOUD += ("data-text-interrupted", "data-filter-title")

#: Matches data.
DATA = re.compile(
    r"""
      data[.@-][\w.@-]*             # what the tests have put in
    | [A-Z][A-Z0-9]*(_[A-Z0-9]+)+   # a switch, a scope
    | \b(GLOBAL|UTC|CSV|JSON(\ lines)?|Cumulonimbus|everybody)\b
    | \bv[345]\b | \bwolfpal\b      # a dialect
    | [0-9a-f:.]+\.[0-9.]+          # an address
    """,
    re.VERBOSE,
)
WORD = re.compile(r"[^\W\d_]{2,}")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+")


class Bracketed(NullTranslations):
    """The message catalog of the language.

    :param real: the catalog that must have a text, so that it is put in brackets.
    """

    def __init__(self, real: NullTranslations | None = None) -> None:
        super().__init__()
        self.real = real

    def to_language(self) -> str:
        return LANGUAGE

    def gettext(self, message: str) -> str:
        return self._marked(message, self.real and self.real.gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        found = self.real and self.real.ngettext(msgid1, msgid2, n)
        return self._marked(msgid1 if n == 1 else msgid2, found)

    def _marked(self, message: str, found: str | None) -> str:
        text = message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]
        return text if found is MISSING else f"[{text}]"


class _End(NullTranslations):
    """What is asked for texts that no catalog has."""

    def gettext(self, message: str) -> str:
        return MISSING

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return MISSING


def catalog_of(language: str) -> NullTranslations:
    """Return all texts of a language, Django's too, which are :data:`MISSING` if it lacks them."""
    # Django falls back to the site's language.
    with override_settings(LANGUAGE_CODE=language):
        catalog: NullTranslations = trans_real.DjangoTranslation(language)
    catalog.add_fallback(_End())
    return catalog


@contextmanager
def spoken(real: str = "") -> Iterator[None]:
    """Set the project's languages to English and this one, and translate all pages.

    :param real: a language; only texts that are translated into it are put in brackets.
    """
    translation = trans_real.translation
    bracketed = Bracketed(catalog_of(real) if real else None)

    def find(language: str) -> NullTranslations:
        return bracketed if language == LANGUAGE else translation(language)

    languages = [("en", "English"), (LANGUAGE, "Brackets")]
    with (
        mock.patch.object(trans_real, "translation", find),
        override_settings(LANGUAGES=languages, TRANSLATED_PATHS=""),
    ):
        yield


class Page(HTMLParser):
    """The text of a page that is displayed, or read by a screen reader."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language = ""
        self.text = ""
        self.attributes: list[str] = []
        self.times: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        # The alternative texts of Django's icons (True, False, Search) are in English.
        if tag != "img":
            self.attributes += [given[name] for name in READ_ALOUD if name in given]
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            self.attributes.append(given.get("value", ""))
        if tag in VOID:
            self.text += " "
            return
        unread = (
            tag in UNREAD
            or bool(UNREAD_CLASSES & set(given.get("class", "").split()))
            or given.get("id") in UNREAD_IDS
            # Languages, by their own names.
            or (tag == "option" and "lang" in given)
        )
        self._open.append((tag, unread))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass
        self.text += " "

    def handle_data(self, data: str) -> None:
        if any(unread for _, unread in self._open):
            return
        if self._open and self._open[-1][0] == "time":
            self.times.append(data)
            return
        self.text += data


def unmarked(html: str) -> list[str]:
    """Return the words on a page that are neither marked nor data."""
    page = Page(html)
    assert page.language == LANGUAGE
    spoken_times = [text for text in page.times if not TIME.fullmatch(text)]
    assert [word for text in spoken_times for word in words_outside(text)] == []
    return [word for text in (page.text, *page.attributes) for word in words_outside(text)]


def words_outside(text: str) -> list[str]:
    """Return the words of a text that are outside of brackets and not data."""
    inner = re.compile(r"\[[^\[\]]*\]")
    while found := inner.search(text):
        text = f"{text[: found.start()]} {text[found.end() :]}"
    return WORD.findall(DATA.sub(" ", text))
