"""Bar charts, as rectangles for an SVG and rows for a table."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
#: The width of a bar with the gap after it, and of the gap.
STEP, GAP = 10, 2


@dataclass(frozen=True)
class Bar:
    """A number and its rectangle, in the units of the chart.

    :param label: what the number counts.
    """

    label: str
    number: int
    x: int
    height: int

    @property
    def y(self) -> int:
        """The upper edge, because SVG counts from the top."""
        return HEIGHT - self.height


@dataclass(frozen=True)
class BarChart:
    """A chart of numbers over time, the oldest first.

    :param slug: its id, unique on the page.
    :param title: what is counted, such as ``Logins by hour``.
    :param span: the period, such as ``Last 24 hours``.
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
        """The bars of numbers other than 0, tall enough to be visible."""
        _, most = self.peak
        return [
            Bar(label, number, index * STEP, max(2, round(HEIGHT * number / most)))
            for index, (label, number) in enumerate(self.points)
            if number
        ]
