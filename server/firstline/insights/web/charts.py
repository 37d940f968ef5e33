"""Bars: what a chart and the table behind it show."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from firstline.insights import rules
from firstline.insights.queries import NOTHING, Slice

MOST_BARS = 12
BAR_LENGTH, DAY_HEIGHT = 100, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a chart: now and before, in words, and as lengths of SVG."""

    label: str
    url: str
    now: str
    before: str
    count: int
    length: str
    length_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars by channel, reason or team, with the words of the table behind them."""

    title: str
    dimension: str
    unit: str
    bars: tuple[Bar, ...]
    has_before: bool = True

    @property
    def shown(self) -> tuple[Bar, ...]:
        """The bars of the chart; the table has them all."""
        return self.bars[:MOST_BARS]


Value = Callable[[Slice], float | None]


def chart(
    *,
    title: str,
    dimension: str,
    unit: str,
    now: Mapping[str, Slice],
    before: Mapping[str, Slice] | None,
    value: Value,
    write: Callable[[float | None], str],
    label: Callable[[str], str],
    url: Callable[[str], str],
    full: float = 0,
) -> Chart:
    """Lay out a chart, the longest bar on top; `full` is what a whole bar stands for, if not the greatest value."""
    earlier = before or {}
    keys = sorted(now.keys() | earlier.keys(), key=lambda key: (-(value(now.get(key, NOTHING)) or 0), label(key)))
    values = [value(now.get(key, NOTHING)) for key in keys]
    values_before = [value(earlier.get(key, NOTHING)) for key in keys]
    lengths = rules.lengths([one or 0 for one in [*values, *values_before]], longest=BAR_LENGTH, full=full)
    bars = [
        Bar(
            label=label(key),
            url=url(key),
            now=write(values[at]),
            before=write(values_before[at]),
            count=now.get(key, NOTHING).count,
            length=str(lengths[at]),
            length_before=str(lengths[len(keys) + at]),
        )
        for at, key in enumerate(keys)
    ]
    return Chart(title=title, dimension=dimension, unit=unit, bars=tuple(bars), has_before=before is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    label: str
    count: int
    x: int
    y: str
    height: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChart:
    """One column per day."""

    days: tuple[DayBar, ...]
    width: int
    highest: int
    highest_on: str


def day_chart(counts: Iterable[tuple[str, int]]) -> DayChart:
    """Lay out columns for (day, count), in order."""
    found = list(counts)
    heights = rules.lengths([count for _, count in found], longest=DAY_HEIGHT)
    days = [
        DayBar(label=label, count=count, x=at * 10 + 1, y=str(DAY_HEIGHT - heights[at]), height=str(heights[at]))
        for at, (label, count) in enumerate(found)
    ]
    top = max(days, key=lambda one: one.count)
    return DayChart(days=tuple(days), width=len(days) * 10, highest=top.count, highest_on=top.label)
