"""Helpers that write Markdown."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. A cell is one line of Markdown; its bars are escaped here."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


def code(text: object) -> str:
    """Return a text as code, and an empty text unchanged."""
    return f"`{text}`" if str(text) else ""


def codes(texts: Iterable[object]) -> str:
    """Return several texts as code, separated by commas."""
    return ", ".join(code(text) for text in texts)


def prose(text: str | None) -> str:
    """Return a docstring or comment on one line, with reStructuredText converted to Markdown."""
    return " ".join((text or "").replace("``", "`").split())
