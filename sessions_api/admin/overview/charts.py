"""Bar charts, as rectangles for an SVG and rows for a table."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
#: Of a bar with the gap behind it, and of the gap.
STEP, GAP = 10, 2


@dataclass(frozen=True)
class Bar:
    """A number and its rectangle, in the units of the chart.

    :param label: what the number is of.
    """

    label: str
    number: int
    x: int
    height: int

    @property
    def y(self) -> int:
        """The upper edge: bars stand on the ground."""
        return HEIGHT - self.height


@dataclass(frozen=True)
class BarChart:
    """Numbers over time, the oldest first.

    :param slug: unique on the page.
    :param title: what is counted, and per what: ``Logins per hour``.
    :param span: the time that is covered: ``Last 24 hours``.
    :param points: labels and numbers.
    """

    slug: str
    title: str
    span: str
    points: Sequence[tuple[str, int]]

    height = HEIGHT
    bar_width = STEP - GAP

    @property
    def width(self) -> int:
        return max(1, STEP * len(self.points) - GAP)

    @property
    def total(self) -> int:
        return sum(number for _, number in self.points)

    @property
    def peak(self) -> tuple[str, int]:
        """The label and the number of the highest bar; of several, the newest."""
        return max(reversed(self.points), key=lambda point: point[1], default=("", 0))

    @property
    def bars(self) -> list[Bar]:
        """Those that are not 0. The least of them can still be seen."""
        _, most = self.peak
        return [
            Bar(label, number, place * STEP, max(2, round(HEIGHT * number / most)))
            for place, (label, number) in enumerate(self.points)
            if number
        ]
