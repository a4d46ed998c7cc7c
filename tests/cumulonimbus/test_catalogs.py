"""German and Arabic have every text of the pages, the console and mails, with what it needs.

See "Languages" in CONTRIBUTING.md for how to add one.
"""

import re
from pathlib import Path

import pytest

from tests.catalogs import (
    LANGUAGES,
    TRANSLATED,
    catalogs,
    not_isolated,
    placeholders,
    read,
    sources,
    texts_of,
    translations,
)
from tests.paths import ROOT

WHAT_TO_DO = (
    "Texts without a translation. Extract them with makemessages, translate them in the .po files, "
    "and compile these: see “Languages” in CONTRIBUTING.md"
)

#: The numbers for which Arabic has a form of their own. Words may stand for these: "two sessions".
ARABIC_WORDS = 3
NUMBERS = {"%(codes)s", "%(count)s", "%(keep)s", "%(minutes)s", "%(number)s"}

each_catalog = pytest.mark.parametrize(
    ("language", "path"),
    [
        pytest.param(language, path, id=str(path.relative_to(ROOT)))
        for language in LANGUAGES
        for path in catalogs(language)
    ],
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    known = set()
    for path in catalogs(language):
        known |= translations(read(path.with_suffix(".po"), language)).keys()
    missing = {
        str(path.relative_to(ROOT)): lacking
        for path in sources()
        if (lacking := [text for text in texts_of(path) if text not in known])
    }
    assert missing == {}, WHAT_TO_DO


def test_the_sources_are_found() -> None:
    """A folder that is renamed must not be forgotten, nor a kind of file be read in vain."""
    texts_in = {path.relative_to(ROOT).parts[0] for path in sources() if set(texts_of(path))}
    assert texts_in == set(TRANSLATED)
    mail = ROOT / "sessions_api/notices/templates/sessions_api/notices/mail.txt"
    assert (None, "Hello %(username)s,") in set(texts_of(mail))
    page = ROOT / "sessions_api/notices/views.py"
    plural = (
        "%(count)s session has ended, and the password no longer works.",
        "%(count)s sessions have ended, and the password no longer works.",
    )
    assert (None, plural) in set(texts_of(page))


@each_catalog
def test_compiled_catalogs_agree_with_their_sources(language: str, path: Path) -> None:
    source = translations(read(path.with_suffix(".po"), language))
    assert translations(read(path.with_suffix(".mo"), language)) == source


@each_catalog
def test_placeholders_are_the_same(language: str, path: Path) -> None:
    for (_, text), strings in translations(read(path.with_suffix(".po"), language)).items():
        if isinstance(text, str):
            assert [placeholders(one) for one in strings] == [placeholders(text)], text
            continue
        for number, string in enumerate(strings):
            allowed = [placeholders(form) for form in text]
            if language == "ar" and number < ARABIC_WORDS:
                allowed.append([one for one in allowed[1] if one not in NUMBERS])
            assert placeholders(string) in allowed, string


@each_catalog
def test_plurals_have_all_forms(language: str, path: Path) -> None:
    catalog = read(path.with_suffix(".po"), language)
    forms = {"de": 2, "ar": 6}[language]
    assert catalog.num_plurals == forms
    for (_, text), strings in translations(catalog).items():
        if isinstance(text, tuple):
            assert len(strings) == forms, text
            assert all(strings), text


@pytest.mark.parametrize(("language", "column"), [("de", 2), ("ar", 3)])
def test_superusers_have_one_name(language: str, column: int) -> None:
    """That of the table in CONTRIBUTING, which is also that of Django's own pages."""
    [row] = re.findall(r"^\| superuser \|.*$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    # In Arabic, the words take other endings. The last one is the one that tells.
    name = row.split("|")[column].split()[-1]
    about = {
        strings
        for path in catalogs(language)
        for (_, text), strings in translations(read(path.with_suffix(".po"), language)).items()
        if "superuser" in str(text)
    }
    assert len(about) > 5
    assert [one for strings in about for one in strings if name not in one] == []


@pytest.mark.parametrize("path", catalogs("ar"), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_written_from_left_to_right_is_isolated_in_arabic(path: Path) -> None:
    strings = translations(read(path.with_suffix(".po"), "ar")).values()
    found = {one: lacking for all_ in strings for one in all_ if (lacking := not_isolated(one))}
    assert found == {}, "Enclose these in U+2066 and U+2069"
    isolates = [len(re.findall("[\u2066\u2068]", one)) for all_ in strings for one in all_]
    ends = [one.count("\u2069") for all_ in strings for one in all_]
    assert isolates == ends


def test_texts_from_left_to_right_are_found() -> None:
    for text in (
        "أو <5.2",
        "أو >=5",
        "(/24)",
        "الخيار --json",
        "-v",
        "C++ و",
        "2001:db8::/32",
        "من 5-10",
        "الشبكة %(network)s.",
    ):
        assert not_isolated(text), text
    for text in (
        "أو \u2066<5.2\u2069",
        "مثل 5.1، أو 203.0.113.0/24.",
        "<b>%(name)s</b>: 50%% من Ctrl+C",
        "الساعة 10:15",
        "@ . + - _",
        "العميل \u2068%(client)s\u2069 (v5)",
    ):
        assert not_isolated(text) == [], text
