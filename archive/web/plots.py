"""Small plots as SVG: drawn here, coloured by the stylesheet, described in words for who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from markupsafe import Markup

from archive.web.front import Day

WIDTH: Final = 360
HEIGHT: Final = 130
BOTTOM: Final = 20
DIGIT: Final = 7
"""Width of a digit of the scale."""
TOP: Final = 8
SPARK_WIDTH: Final = 150
SPARK_HEIGHT: Final = 30
SLOTS: Final = 30
"""Runs that fit into a row of bars."""


def day_plot(days: Sequence[Day]) -> Markup:
    """Bars, one a day, with a scale and the days of each week's beginning."""
    most = nice_top(max((day.articles for day in days), default=0))
    left = 9 + DIGIT * len(str(most))
    step = (WIDTH - left) / max(1, len(days))
    floor = HEIGHT - BOTTOM

    def y(number: float) -> float:
        return floor - (floor - TOP) * number / most

    parts = [
        Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/><text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(left, WIDTH, y(mark), y(mark), left - 6, y(mark) + 4, mark)
        for mark in (0, *((most // 2,) if most > 1 else ()), most)
    ]
    for place, day in enumerate(days):
        x = left + place * step
        if day.articles:
            parts.append(
                Markup(
                    '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {}</title></rect>'
                ).format(
                    x + step * 0.12,
                    y(day.articles),
                    step * 0.76,
                    max(1.0, floor - y(day.articles)),
                    day.day.isoformat(),
                    day.articles,
                )
            )
        if (len(days) - 1 - place) % 7 == 0:
            parts.append(
                Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
                    x + step / 2 if place + 1 < len(days) else WIDTH,
                    HEIGHT - 5,
                    "middle" if place + 1 < len(days) else "end",
                    short_day(day.day),
                )
            )
    label = (
        f"Articles a day, {days[0].day.isoformat()} to {days[-1].day.isoformat()}: {sum(day.articles for day in days)} in all"
        if days
        else ""
    )
    return svg(WIDTH, HEIGHT, parts, label=label, kind="plot")


def share_bar(number: int, most: int) -> Markup:
    """One horizontal bar of a table, this much of the longest; the number beside it says the same."""
    width = 100 * number / max(1, most)
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="{:.2f}" height="8"/></svg>'
    ).format(max(0.5, width) if number else 0)


def spark_bars(good: Sequence[int], bad: Sequence[int], *, label: str) -> Markup:
    """A bar for each run, the newest at the right: what came, and below the line what failed. The two share one scale."""
    top, bottom = max([*good, 1]), max([*bad, 0])
    scale = (SPARK_HEIGHT - 2) / (top + bottom)
    line = 1 + top * scale
    step = SPARK_WIDTH / SLOTS
    parts = [Markup('<path class="grid" d="M0 {:.1f}H{}"/>').format(line, SPARK_WIDTH)]
    for kind, numbers, way in (("up", good[-SLOTS:], -scale), ("down", bad[-SLOTS:], scale)):
        places = enumerate(numbers, max(0, SLOTS - len(numbers)))
        bars = "".join(
            f"M{(place + 0.5) * step:.1f} {line:.1f}v{bar_length(number * way):.1f}"
            for place, number in places
            if number
        )
        if bars:
            parts.append(Markup('<path class="{}" d="{}"/>').format(kind, bars))
    return svg(SPARK_WIDTH, SPARK_HEIGHT, parts, label=label, kind="spark")


def bar_length(length: float) -> float:
    """The length, long enough to be seen."""
    return max(1.5, length) if length > 0 else min(-1.5, length)


def spark_line(values: Sequence[float], *, label: str) -> Markup:
    """A line from the oldest value to the newest, zero at the bottom; a dot at the end."""
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
    """The picture, with a name for who cannot see it."""
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, height, label, Markup("").join(parts)
    )


def nice_top(most: int) -> int:
    """A round number at or above the largest value, even where it can be halved.

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
