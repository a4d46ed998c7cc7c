"""The geometry of bar charts."""

from sessions_api.admin.overview.charts import HEIGHT, BarChart


def chart(*numbers: int) -> BarChart:
    points = [(f"hour {place}", number) for place, number in enumerate(numbers)]
    return BarChart("slug", "Title", "last hours", points)


def test_the_highest_bar_fills_the_height_and_all_end_at_the_bottom() -> None:
    bars = chart(5, 10, 2).bars
    assert [(bar.x, bar.y, bar.height) for bar in bars] == [(0, 50, 50), (10, 0, 100), (20, 80, 20)]
    assert all(bar.y + bar.height == HEIGHT for bar in bars)
    assert (bars[0].label, bars[0].number) == ("hour 0", 5)


def test_small_numbers_are_visible_and_zero_has_no_bar() -> None:
    bars = chart(0, 1, 1_000_000).bars
    assert [(bar.x, bar.height) for bar in bars] == [(10, 2), (20, HEIGHT)]


def test_the_bars_end_where_the_chart_does() -> None:
    some = chart(1, 1, 1)
    assert some.bars[-1].x + some.bar_width == some.width == 28


def test_total_and_peak() -> None:
    some = chart(3, 7, 7, 1)
    assert some.total == 18
    assert some.peak == ("hour 2", 7)


def test_no_numbers() -> None:
    for empty in (chart(), chart(0, 0)):
        assert empty.bars == []
        assert empty.total == 0
        assert empty.width > 0
