"""Bar charts in SVG, for light and dark backgrounds."""

from collections.abc import Sequence
from html import escape

BAR, GAP, LABELS, LENGTH, VALUES, TOP = 24, 12, 360, 360, 120, 40

STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}"
    ".value{font-variant-numeric:tabular-nums}rect{fill:#9aa4af}rect.ours{fill:#2f6f9f}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#6e7681}rect.ours{fill:#5aa9e6}}"
)


def bars(title: str, values: Sequence[tuple[str, float]], *, ours: str) -> str:
    """Return an SVG document with a horizontal bar for each value.

    :param values: pairs of label and value.
    :param ours: the label of the bar to highlight.
    """
    most = max((value for _, value in values), default=0) or 1
    height = TOP + len(values) * (BAR + GAP)
    width = LABELS + LENGTH + VALUES
    drawn = []
    for number, (label, value) in enumerate(values):
        y = TOP + number * (BAR + GAP)
        kind = ' class="ours"' if label == ours else ""
        length = LENGTH * value / most
        drawn += [
            f'<text x="{LABELS - 10}" y="{y + 17}" text-anchor="end">{escape(label)}</text>',
            f'<rect{kind} x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>',
            f'<text class="value" x="{LABELS + length + 8:.1f}" y="{y + 17}">{value:,.0f}</text>',
        ]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<text class="title" x="10" y="22">{escape(title)}</text>',
            *drawn,
            "</svg>",
            "",
        ]
    )
