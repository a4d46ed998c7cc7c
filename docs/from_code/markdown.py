"""Markdown, as the other modules write it."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. A cell is one line of Markdown; its bars are escaped here."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


def code(text: object) -> str:
    """A text as code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def codes(texts: Iterable[object]) -> str:
    """Several, with commas."""
    return ", ".join(code(text) for text in texts)


def prose(text: str | None) -> str:
    """A docstring or a comment on one line: reStructuredText's marks become Markdown's."""
    return " ".join((text or "").replace("``", "`").split())
