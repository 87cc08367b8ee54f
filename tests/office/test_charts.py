"""Charts are places on a canvas: what is more stands higher, and nothing that exists is invisible."""

from __future__ import annotations

from office.charts import BOTTOM, TOP, WIDTH, Series, stacked

WEEKS = [f"w{number}" for number in range(12)]


def series(name: str, *values: int) -> Series:
    return Series(name, values, [f"{value} EUR" for value in values])


def test_the_highest_bar_fills_the_canvas_and_a_small_one_is_still_seen():
    chart = stacked("c", "Revenue", "By week.", labels=["a", "b", "c"], series=[series("all", 1, 0, 1_000_000)])

    assert [(bar.y, bar.height) for bar in chart.bars] == [(BOTTOM - 1, 1), (TOP, BOTTOM - TOP)]
    assert [bar.text for bar in chart.bars] == ["a: 1 EUR", "c: 1000000 EUR"]
    assert chart.rows == [("a", ["1 EUR"]), ("b", ["0 EUR"]), ("c", ["1000000 EUR"])]
    assert not chart.has_legend


def test_parts_stand_on_each_other_and_each_says_which_it_is():
    chart = stacked("c", "Revenue", "By week.", labels=["a"], series=[series("automation", 75), series("by hand", 25)])

    machine, person = chart.bars

    assert machine.y + machine.height == BOTTOM
    assert person.y + person.height == machine.y
    assert machine.height == 3 * person.height
    assert person.text == "a, by hand: 25 EUR"
    assert chart.has_legend


def test_bars_stay_on_the_canvas_and_labels_apart():
    chart = stacked("c", "Revenue", "By week.", labels=WEEKS, series=[series("all", *range(1, 13))])

    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in chart.bars)
    assert [label.text for label in chart.labels] == ["w0", "w2", "w4", "w6", "w8", "w10"]


def test_a_chart_of_nothing_is_empty():
    assert stacked("c", "Errors", "None.", labels=[], series=[series("attempts")]).is_empty
    assert stacked("c", "Errors", "None.", labels=["a"], series=[series("attempts", 0)]).is_empty
