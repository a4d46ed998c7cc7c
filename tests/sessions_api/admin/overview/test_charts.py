"""The geometry of bar charts."""

import pytest

from sessions_api.admin.overview.charts import ABOVE, HEIGHT, SMALLEST, BarChart, Point


def chart(*numbers: int, most: int | None = None) -> BarChart:
    points = [Point(f"hour {place}", f"{place}", number) for place, number in enumerate(numbers)]
    highest = max(1, *numbers, 0) if most is None else most
    return BarChart("slug", "Title", "last hours", "Things per hour", points, 2, highest)


def test_bars_stand_on_the_axis_and_a_number_at_its_top_fills_the_height() -> None:
    bars = chart(5, 10, 2).bars
    assert [bar.height for bar in bars] == [50, 100, 20]
    assert [bar.y for bar in bars] == [ABOVE + 50, ABOVE, ABOVE + 80]
    assert all(bar.y + bar.height == ABOVE + HEIGHT for bar in bars)
    assert bars[0].point.label == "hour 0"


def test_bars_divide_the_width() -> None:
    bars = chart(1, 1, 1, 1).bars
    assert [bar.left for bar in bars] == ["0.00%", "25.00%", "50.00%", "75.00%"]
    assert [(bar.x, bar.width) for bar in bars[:2]] == [("2.50%", "20.00%"), ("27.50%", "20.00%")]
    assert {bar.place for bar in bars} == {"25.00%"}


def test_small_numbers_are_visible_and_zero_has_no_bar() -> None:
    bars = chart(0, 1, 1_000_000).bars
    assert [(bar.index, bar.height) for bar in bars] == [(1, SMALLEST), (2, HEIGHT)]


def test_values_are_written_inside_the_chart() -> None:
    anchors = [bar.anchor for bar in chart(1, 1, 1, 1, 1, 1).bars]
    assert anchors[:2] == [("0%", "start")] * 2
    assert anchors[2:4] == [("41.67%", "middle"), ("58.33%", "middle")]
    assert anchors[4:] == [("100%", "end")] * 2


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (1, [1, 0]),
        (2, [2, 1, 0]),
        (3, [4, 2, 0]),
        (5, [6, 3, 0]),
        (7, [10, 5, 0]),
        (10, [10, 5, 0]),
        (11, [20, 10, 0]),
        (99, [100, 50, 0]),
        (101, [200, 100, 0]),
        (54_321, [60_000, 30_000, 0]),
    ],
)
def test_the_axis_has_round_numbers(most: int, scale: list[int]) -> None:
    some = chart(most)
    assert [number for number, _ in some.scale] == scale
    assert some.scale[0][1] == ABOVE
    assert some.scale[-1][1] == ABOVE + HEIGHT


def test_compared_charts_have_the_same_scale() -> None:
    assert chart(5, most=10).bars[0].height == chart(5, 10).bars[0].height


def test_the_axis_of_time_is_marked_regularly() -> None:
    assert [point.mark for point in chart(1, 0, 0, 0, 1).marks] == ["0", "2", "4"]


def test_total_and_peak() -> None:
    some = chart(3, 7, 7, 1)
    assert some.total == 18
    assert some.peak
    assert some.peak.label == "hour 2"


def test_no_numbers() -> None:
    for empty in (chart(), chart(0, 0)):
        assert empty.bars == []
        assert empty.total == 0
        assert empty.peak is None
