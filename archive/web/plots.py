"""Small plots as SVG. The stylesheet colours them, and each has a description for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from archive.web.front import Day

WIDTH: Final = 360
HEIGHT: Final = 130
BOTTOM: Final = 20
DIGIT_WIDTH: Final = 7
"""Width of one digit of the numbers beside the scale."""
DAYS_BETWEEN_DATES: Final = 7
TOP: Final = 8
SPARK_WIDTH: Final = 150
SPARK_HEIGHT: Final = 30
MAX_SPARK_BARS: Final = 30
"""Runs that fit into a row of bars."""
MIN_SPARK_BARS: Final = 8
"""Fewer runs leave the left of the row empty, so that bars of two runs are as wide as those of eight."""
MIN_BAR_LENGTH: Final = 3.0
"""Length of the bar of a small number, so that it can be seen."""


@dataclass(frozen=True, slots=True)
class DayScale:
    """Positions in the plot of days. `most` is the number at the top, `step` the width of a day."""

    most: int
    left: int
    step: float
    floor: int = HEIGHT - BOTTOM

    def y(self, number: float) -> float:
        """The height of a number, from the top."""
        return self.floor - (self.floor - TOP) * number / self.most


def day_plot(days: Sequence[Day]) -> Markup:
    """A bar for each day, with a scale and a date for each week."""
    most = nice_top(max((day.articles for day in days), default=0))
    left = 9 + DIGIT_WIDTH * len(f"{most:,}")
    scale = DayScale(most, left, (WIDTH - left) / max(1, len(days)))
    parts = list(scale_lines(scale))
    for place, day in enumerate(days):
        if day.articles:
            parts.append(day_bar(scale, place, day))
        if (len(days) - 1 - place) % DAYS_BETWEEN_DATES == 0:
            parts.append(day_tick(scale, place, day, is_last=place + 1 == len(days)))
    total = sum(day.articles for day in days)
    label = f"Articles per day, {long_day(days[0].day)} to {long_day(days[-1].day)}: {total:,} in total" if days else ""
    return svg(WIDTH, HEIGHT, parts, label=label, kind="plot")


def scale_lines(scale: DayScale) -> Iterator[Markup]:
    """A line and a number at the bottom, the middle and the top."""
    html = Markup(
        '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{:,}</text>'
    )
    for mark in (0, *((scale.most // 2,) if scale.most > 1 else ()), scale.most):
        y = scale.y(mark)
        yield html.format(scale.left, WIDTH, y, y, scale.left - 6, y + 4, mark)


def day_bar(scale: DayScale, place: int, day: Day) -> Markup:
    """The bar of one day, with its number as a title."""
    html = Markup(
        '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {:,}</title></rect>'
    )
    x, y = scale.left + (place + 0.12) * scale.step, scale.y(day.articles)
    return html.format(x, y, scale.step * 0.76, max(1.0, scale.floor - y), long_day(day.day), day.articles)


def day_tick(scale: DayScale, place: int, day: Day, *, is_last: bool) -> Markup:
    """The date below one day; the last date ends at the plot's edge."""
    x, anchor = (WIDTH, "end") if is_last else (scale.left + (place + 0.5) * scale.step, "middle")
    html = Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="{}">{}</text>')
    return html.format(x, HEIGHT - 5, anchor, short_day(day.day))


def share_bar(number: int, most: int) -> Markup:
    """A horizontal bar of a table, as a share of the longest. The table shows the number beside it."""
    width = 100 * number / max(1, most)
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="{:.2f}" height="8"/></svg>'
    ).format(max(0.5, width) if number else 0)


def spark_bars(good: Sequence[int], bad: Sequence[int], *, label: str) -> Markup:
    """A bar for each run, the newest at the right: successes above the line, failures below, on one scale."""
    top, bottom = max([*good, 1]), max([*bad, 0])
    deep = max(MIN_BAR_LENGTH, (SPARK_HEIGHT - 2) * bottom / (top + bottom)) if bottom else 0.0
    line = 1 + (SPARK_HEIGHT - 2 - deep)
    scale = min((line - 1) / top, deep / bottom if bottom else line)
    slots = min(MAX_SPARK_BARS, max(MIN_SPARK_BARS, len(good), len(bad)))
    step = SPARK_WIDTH / slots
    parts = [Markup('<path class="grid" d="M0 {:.1f}H{}"/>').format(line, SPARK_WIDTH)]
    for kind, numbers, way in (("up", good[-MAX_SPARK_BARS:], -scale), ("down", bad[-MAX_SPARK_BARS:], scale)):
        places = enumerate(numbers, max(0, slots - len(numbers)))
        bars = "".join(
            f"M{(place + 0.5) * step:.1f} {line:.1f}v{bar_length(number * way):.1f}"
            for place, number in places
            if number
        )
        if bars:
            parts.append(Markup('<path class="{}" stroke-width="{:.1f}" d="{}"/>').format(kind, 0.7 * step, bars))
    return svg(SPARK_WIDTH, SPARK_HEIGHT, parts, label=label, kind="spark")


def bar_length(length: float) -> float:
    """The length, at least long enough to be visible."""
    return max(MIN_BAR_LENGTH, length) if length > 0 else min(-MIN_BAR_LENGTH, length)


def spark_line(values: Sequence[float], *, label: str) -> Markup:
    """A line from the oldest value to the newest with a dot at the end. Zero is at the bottom."""
    most = max([*values, 1])
    step = (SPARK_WIDTH - 6) / max(1, len(values) - 1)
    points = [
        (3 + place * step, SPARK_HEIGHT - 3 - (SPARK_HEIGHT - 6) * value / most) for place, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [Markup('<polyline class="line" points="{}"/>').format(line)]
    if points:
        parts.append(Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="2.5"/>').format(*points[-1]))
    return svg(SPARK_WIDTH, SPARK_HEIGHT, parts, label=label, kind="spark")


def svg(width: int, height: int, parts: Sequence[Markup], *, label: str, kind: str) -> Markup:
    """The picture with its description."""
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, height, label, Markup("").join(parts)
    )


def nice_top(most: int) -> int:
    """A round number at or above the largest value; even if it is above 1.

    >>> [nice_top(n) for n in (0, 1, 3, 7, 12, 41, 680)]
    [1, 1, 4, 8, 20, 60, 800]
    """
    if most <= 1:
        return 1
    scale = int("1" + "0" * (len(str(most)) - 1))
    return min(step * scale for step in (1, 2, 4, 6, 8, 10) if step * scale >= most)


def short_day(day: date) -> str:
    """The day without its year.

    >>> short_day(date(2026, 11, 3))
    '3 Nov'
    """
    return f"{day.day} {'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[day.month - 1]}"


def long_day(day: date) -> str:
    """The day with its year.

    >>> long_day(date(2026, 11, 3))
    '3 Nov 2026'
    """
    return f"{short_day(day)} {day.year}"
