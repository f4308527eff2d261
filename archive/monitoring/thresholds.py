"""Thresholds of the alarms, as rows: the measures of a source, when an alarm is raised, and when the source has recovered.

A source is compared with its own earlier runs. Each row requires a minimum number of pages or runs, so that small
numbers raise no alarm. Runs with few pages are judged together: see `source_metrics.recent_runs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final, Literal

from archive.monitoring.source_metrics import SourceMetrics, SourceSnapshot

AlarmKind = Literal["emptied", "shortened", "eaten", "silent", "shut"]

MIN_TEXTS: Final = 5
"""Texts of a run from which its median length is meaningful."""


def share(part: float, total: float) -> float:
    """The part as a share of the total; 0 for a total of 0."""
    return part / total if total else 0.0


def usual_median(past: Sequence[SourceMetrics]) -> float:
    """The median of earlier runs' median text lengths; runs with few texts do not count."""
    return median(_medians(past) or [0.0])


def lowest_median(past: Sequence[SourceMetrics]) -> float:
    """The lowest of earlier runs' median text lengths; runs with few texts do not count."""
    return min(_medians(past), default=0.0)


def _medians(past: Sequence[SourceMetrics]) -> list[float]:
    return [run.median_chars for run in past if run.median_chars and run.texts >= MIN_TEXTS]


def greediest_rule(source: SourceSnapshot) -> str:
    """The rule that removes more than a third of the most pages; empty if no rule does."""
    rules = sorted(source.now.greedy_rules.items(), key=lambda pair: (-pair[1], pair[0]))
    return rules[0][0] if rules else ""


def greedy_pages(source: SourceSnapshot, runs: Sequence[SourceMetrics]) -> int:
    """Pages of these runs of which the greediest rule removed more than a third."""
    return sum(run.greedy_rules.get(greediest_rule(source), 0) for run in runs)


MEASURES: Final[dict[str, Callable[[SourceSnapshot], float]]] = {
    "emptied": lambda source: source.now.emptied,
    "emptied_share": lambda source: share(source.now.emptied, source.now.revisits),
    "shortened": lambda source: source.now.shortened,
    "shortened_share": lambda source: share(source.now.shortened, source.now.revisits),
    "revisits": lambda source: source.now.revisits,
    "fresh": lambda source: source.now.fresh,
    "textless_share": lambda source: share(source.now.textless, source.now.fresh),
    "usual_textless_share": lambda source: share(
        sum(run.textless for run in source.past), sum(run.fresh for run in source.past)
    ),
    "fresh_before": lambda source: sum(run.fresh for run in source.past),
    "pages": lambda source: source.now.pages,
    "pages_before": lambda source: sum(run.pages for run in source.past),
    "texts": lambda source: source.now.texts,
    "runs_before": lambda source: sum(run.texts >= MIN_TEXTS for run in source.past),
    "median_ratio": lambda source: share(source.now.median_chars or 0, usual_median(source.past)),
    "lowest_ratio": lambda source: share(source.now.median_chars or 0, lowest_median(source.past)),
    "greedy": lambda source: greedy_pages(source, [source.now]),
    "greedy_share": lambda source: share(greedy_pages(source, [source.now]), source.now.pages),
    "usual_greedy_share": lambda source: share(
        greedy_pages(source, source.past), sum(run.pages for run in source.past)
    ),
    "robots": lambda source: source.robots,
    "robots_share": lambda source: share(source.robots, source.robots + source.reached + source.failed),
    "robots_before": lambda source: source.robots_before,
    "reached": lambda source: source.reached,
    "found": lambda source: source.found,
    "read_before": lambda source: source.read_before,
    "new": lambda source: source.new,
    "news_runs": lambda source: source.news_runs,
    "quiet_days": lambda source: source.quiet_days,
    "quiet_ratio": lambda source: share(source.quiet_days, source.gap_days),
}
"""The measures of a source after a run, by name."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row. The alarm is raised if every measure in `least` reaches its bound and none in `most` exceeds its bound.

    `message` is the alarm's text with measures in it: fault, then remedy. `hit` is an example that raises the alarm,
    `miss` one that almost does.
    """

    kind: AlarmKind
    message: str
    least: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    hit: SourceSnapshot | None = None
    miss: SourceSnapshot | None = None

    def holds(self, source: SourceSnapshot) -> bool:
        """Whether the alarm is to be raised."""
        return all(MEASURES[name](source) >= bound for name, bound in self.least.items()) and all(
            MEASURES[name](source) <= bound for name, bound in self.most.items()
        )

    def detail(self, source: SourceSnapshot) -> str:
        """The message for this source."""
        shown = {name: show_measure(name, measure(source)) for name, measure in MEASURES.items()}
        return self.message.format(
            **shown | {"gap_days": f"{source.gap_days:.1f}"},
            rule=greediest_rule(source),
            median=f"{source.now.median_chars or 0:,}",
            usual=f"{usual_median(source.past):,.0f}",
        )


def show_measure(name: str, value: float) -> str:
    """The value as people write it.

    >>> show_measure("robots_share", 0.5), show_measure("pages", 1200)
    ('50%', '1,200')
    """
    return f"{value:.0%}" if name.endswith("_share") else f"{value:,.0f}"


def example(number: int = 1, **figures: Any) -> SourceMetrics:
    """One run's metrics, for the examples in the rows."""
    return SourceMetrics(number, "s", **figures)


GOOD_PAST: Final = tuple(example(number, pages=10, median_chars=4000) for number in range(1, 6))
"""Five good runs, for the examples in the rows."""

REDESIGNED: Final = "check whether the site was redesigned"
ROBOTS: Final = "ask the site for access, or remove the source"

THRESHOLDS: Final[tuple[Threshold, ...]] = (
    Threshold(
        "emptied",
        "{emptied} of {revisits} refetched pages have no usable text now, so the stored texts were kept; " + REDESIGNED,
        least={"emptied": 3, "emptied_share": 0.5},
        hit=SourceSnapshot(example(pages=4, revisits=4, emptied=3)),
        miss=SourceSnapshot(example(pages=9, revisits=9, emptied=4)),
    ),
    Threshold(
        "emptied",
        "no article was found on {textless_share} of {fresh} new pages (usually {usual_textless_share}); " + REDESIGNED,
        least={"fresh": 5, "textless_share": 0.6, "fresh_before": 10},
        most={"usual_textless_share": 0.2},
        hit=SourceSnapshot(example(9, pages=8, textless=6), GOOD_PAST),
        miss=SourceSnapshot(example(1, pages=8, textless=8)),
    ),
    Threshold(
        "shortened",
        "{shortened} of {revisits} refetched pages have less than 60% of their stored text; " + REDESIGNED,
        least={"shortened": 3, "shortened_share": 0.5},
        hit=SourceSnapshot(example(pages=5, revisits=5, shortened=4)),
        miss=SourceSnapshot(example(pages=2, revisits=2, shortened=2)),
    ),
    Threshold(
        "shortened",
        "the median text has {median} characters (usually {usual}); " + REDESIGNED,
        least={"texts": 8, "runs_before": 3},
        most={"median_ratio": 0.5, "lowest_ratio": 0.7},
        hit=SourceSnapshot(example(9, pages=10, median_chars=1500), GOOD_PAST),
        miss=SourceSnapshot(
            example(9, pages=10, median_chars=1500), (*GOOD_PAST, example(6, pages=6, median_chars=1600))
        ),
    ),
    Threshold(
        "eaten",
        "the rule {rule} removes more than a third of {greedy} of {pages} pages; check it with `cuttings rules stats`",
        least={"greedy": 3, "greedy_share": 0.3, "pages_before": 10},
        most={"usual_greedy_share": 0.1},
        hit=SourceSnapshot(example(9, pages=10, median_chars=3000, greedy_rules={"promo.box": 4}), GOOD_PAST),
        miss=SourceSnapshot(
            example(9, pages=10, greedy_rules={"comment.all": 6}),
            tuple(example(n, pages=10, greedy_rules={"comment.all": 5}) for n in range(5)),
        ),
    ),
    Threshold(
        "silent",
        "nothing new for {quiet_days} days (longest gap before: {gap_days} days); check it with `cuttings sources check`",
        least={"news_runs": 6, "quiet_days": 2, "quiet_ratio": 3},
        hit=SourceSnapshot(example(9), news_runs=12, quiet_days=4, gap_days=1.0),
        miss=SourceSnapshot(example(9), news_runs=12, quiet_days=60, gap_days=31),
    ),
    Threshold(
        "shut",
        "robots.txt now forbids {robots} URLs, {robots_share} of those requested; " + ROBOTS,
        least={"robots": 3, "robots_share": 0.5, "pages_before": 5},
        most={"robots_before": 0.1},
        hit=SourceSnapshot(example(9), GOOD_PAST, robots=5, reached=1, robots_before=0.02),
        miss=SourceSnapshot(example(9), GOOD_PAST, robots=5, reached=2, robots_before=0.6),
    ),
    Threshold(
        "shut",
        "robots.txt now forbids the source itself; " + ROBOTS,
        least={"robots": 1, "read_before": 3},
        most={"reached": 0, "found": 0},
        hit=SourceSnapshot(example(9), robots=1, read_before=12),
        miss=SourceSnapshot(example(9), robots=1, read_before=12, reached=4, found=20),
    ),
)
"""Conditions that raise an alarm. Of several rows of one kind, the first that holds gives the message."""

RECOVERED: Final[tuple[tuple[AlarmKind, Mapping[str, float], Mapping[str, float]], ...]] = (
    ("emptied", {"revisits": 3}, {"emptied_share": 0.2}),
    ("emptied", {"fresh": 3}, {"textless_share": 0.2, "emptied": 0}),
    ("shortened", {"revisits": 3}, {"shortened_share": 0.2, "emptied_share": 0.2}),
    ("shortened", {"texts": 5, "median_ratio": 0.7}, {"shortened": 0}),
    ("eaten", {"pages": 3}, {"greedy_share": 0.1}),
    ("silent", {"new": 1}, {}),
    ("shut", {"reached": 1}, {"robots_share": 0.2}),
)
"""Conditions that close an alarm of a kind: `least` and `most` as in `Threshold`. Any row of the kind suffices."""
