"""Finding texts of ours on a page in another language that are still in English."""

import re
from functools import cache

from tests.catalogs import PLACEHOLDER, catalogs, read, translations
from tests.made_up_language import WORD, Page

MARKUP = re.compile(r"<[^>]*>")


class _Pieces(Page):
    """The pieces of text between the tags of a page."""

    def __init__(self, html: str) -> None:
        self.pieces: list[str] = []
        super().__init__(html)

    def handle_data(self, data: str) -> None:
        before = len(self.text) + len(self.times)
        super().handle_data(data)
        if len(self.text) + len(self.times) > before:
            self.pieces.append(data)


def english_on(html: str, language: str) -> list[str]:
    """Return the texts of a page that the catalogs of its language translate otherwise."""
    page = _Pieces(html)
    assert page.language == language
    english = _english(language)
    texts = (" ".join(text.split()) for text in (*page.pieces, *page.attributes))
    return [text for text in texts if english.fullmatch(text)]


@cache
def _english(language: str) -> re.Pattern[str]:
    """Return a pattern of the English texts, without markup, that differ from their translation."""
    patterns = set()
    for path in catalogs(language):
        found = translations(read(path.with_suffix(".po"), language))
        for (_, text), strings in found.items():
            kept = " ".join(strings).casefold()
            for form in (text,) if isinstance(text, str) else text:
                for piece in MARKUP.split(form):
                    words = PLACEHOLDER.sub(" ", piece)
                    # "Firefox on Linux" is the name of a session, too, which is stored.
                    least = 2 if words == piece else 3
                    known = max(map(len, WORD.findall(words)), default=0) >= least
                    if known and piece.strip().casefold() not in kept:
                        patterns.add(_pattern(piece))
    return re.compile("|".join(sorted(patterns)), re.IGNORECASE)


def _pattern(piece: str) -> str:
    fixed = PLACEHOLDER.split(" ".join(piece.replace("%%", "%").split()))
    return ".+".join(map(re.escape, fixed))
