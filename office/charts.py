"""Bar charts as plain numbers; templates draw them as SVG. Pure: values in, places on a small canvas out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# The canvas, in units of the picture; text of 11 units is readable on a telephone and at twice the width.
WIDTH: Final = 360
HEIGHT: Final = 150
LEFT: Final = 4
TOP: Final = 16
BOTTOM: Final = 128
MOST_LABELS: Final = 7


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: a value for each label, none below zero, and what each is called when read out."""

    name: str
    values: Sequence[int]
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `place` is the number of its series, `text` what it says when pointed at."""

    x: int
    y: int
    width: int
    height: int
    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """What stands below a bar, at its middle."""

    x: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and the same as a table. `text` says in a sentence what there is to see; `top` labels the upper line."""

    name: str
    title: str
    text: str
    top: str
    series: Sequence[Series]
    bars: Sequence[Bar]
    labels: Sequence[Label]
    rows: Sequence[tuple[str, Sequence[str]]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.bars

    @property
    def has_legend(self) -> bool:
        """Whether colours have to be told apart."""
        return len(self.series) > 1


def stacked(
    name: str, title: str, text: str, *, labels: Sequence[str], series: Sequence[Series], top: str = ""
) -> Chart:
    """A bar for each label, its parts one on the other in the order of the series.

    `name` is unique on the page. The highest bar has the full height, and a part that is not 0 at least one unit.
    """
    highest = max((sum(one.values[place] for one in series) for place in range(len(labels))), default=0)
    rows = [(label, [one.texts[place] for one in series]) for place, label in enumerate(labels)]
    if not highest:
        return Chart(name, title, text, "", series, (), (), rows)
    step = (WIDTH - 2 * LEFT) // len(labels)
    width = min(40, max(2, step * 3 // 4))
    bars = []
    for place, label in enumerate(labels):
        floor, x = BOTTOM, LEFT + place * step + (step - width) // 2
        for number, one in enumerate(series):
            value = one.values[place]
            height = max(1, value * (BOTTOM - TOP) // highest) if value else 0
            if height:
                floor -= height
                told = f"{label}, {one.name}: {one.texts[place]}" if len(series) > 1 else f"{label}: {one.texts[place]}"
                bars.append(Bar(x, floor, width, height, number, told))
    every = -(-len(labels) // MOST_LABELS)
    below = [Label(LEFT + place * step + step // 2, label) for place, label in enumerate(labels) if place % every == 0]
    return Chart(name, title, text, top, series, bars, below, rows)
