"""Bar charts, as rectangles for an SVG and rows for a table.

Across, positions are percentages, so that a chart fills the page and its texts keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

#: The height of the highest bar, and the room above it for the value of a bar, in pixels.
HEIGHT, ABOVE = 100, 20
#: The height of the smallest bar.
SMALLEST = 2
#: The part of a bar's place that is left empty.
GAP = 0.2


@dataclass(frozen=True)
class Point:
    """A number, and the period in which it was counted.

    :param label: the period, such as its beginning.
    :param mark: a short label, for the axis.
    :param moment: its beginning, if the label is this time; it is shown in the viewer's zone.
    :param url: the list of what was counted; empty if there is none.
    """

    label: str
    mark: str
    number: int
    moment: datetime | None = None
    url: str = ""


@dataclass(frozen=True)
class Bar:
    """A number and its rectangle. Numbers of 0 have none."""

    point: Point
    index: int
    places: int
    height: int

    @property
    def left(self) -> str:
        return _percent(self.index / self.places)

    @property
    def place(self) -> str:
        """The width of the bar with the gap."""
        return _percent(1 / self.places)

    @property
    def x(self) -> str:
        return _percent((self.index + GAP / 2) / self.places)

    @property
    def width(self) -> str:
        return _percent((1 - GAP) / self.places)

    @property
    def y(self) -> int:
        """The upper edge, because SVG counts from the top."""
        return ABOVE + HEIGHT - self.height

    @property
    def anchor(self) -> tuple[str, str]:
        """Where the value is written so that it stays in the chart, and its side there."""
        middle = _percent((self.index + 0.5) / self.places)
        sides = (("0%", "start"), (middle, "middle"), ("100%", "end"))
        return sides[3 * self.index // self.places]


@dataclass(frozen=True)
class BarChart:
    """A chart of numbers over time, the oldest first.

    :param slug: its id, unique on the page.
    :param title: what is counted, such as ``Logins by hour``.
    :param span: the period, such as ``Last 24 hours``.
    :param unit: what the axis counts, such as ``Logins per hour``.
    :param points: the numbers.
    :param step: every which of them has a mark on the axis.
    :param most: the largest number of all charts with the same scale.
    """

    slug: str
    title: str
    span: str
    unit: str
    points: Sequence[Point]
    step: int
    most: int

    above, height = ABOVE, HEIGHT
    total_height = ABOVE + HEIGHT

    @property
    def total(self) -> int:
        return sum(point.number for point in self.points)

    @property
    def is_by_hour(self) -> bool:
        """Whether its times can be shown in the viewer's zone. Days are those of the server's."""
        return any(point.moment for point in self.points)

    @property
    def peak(self) -> Point | None:
        """The point of the highest bar; of several, the newest. None if all numbers are 0."""
        found = max(reversed(self.points), key=lambda point: point.number, default=None)
        return found if found and found.number else None

    @property
    def top(self) -> int:
        """The number at the upper end of the axis: 1, 2, 4, 6 or 10 times a power of ten."""
        unit: int = 10 ** (len(str(self.most)) - 1)
        return next(step * unit for step in (1, 2, 4, 6, 10) if step * unit >= self.most)

    @property
    def scale(self) -> list[tuple[int, int]]:
        """The numbers on the axis from the top, with their heights in the picture."""
        numbers = [self.top, self.top // 2, 0] if self.top > 1 else [1, 0]
        return [(number, ABOVE + HEIGHT - HEIGHT * number // self.top) for number in numbers]

    @property
    def marks(self) -> Sequence[Point]:
        """The points that are marked on the axis of time."""
        return self.points[:: self.step]

    @property
    def bars(self) -> list[Bar]:
        """The bars of numbers other than 0, tall enough to be visible."""
        return [
            Bar(
                point,
                index,
                len(self.points),
                max(SMALLEST, round(HEIGHT * point.number / self.top)),
            )
            for index, point in enumerate(self.points)
            if point.number
        ]


def _percent(part: float) -> str:
    """Return a part as text, which templates do not localize."""
    return f"{100 * part:.2f}%"
