"""Totals of a scrape run, as they grow, and the summary line that is printed at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from archive.monitoring.alarms import Alarm
from archive.monitoring.failures import REQUESTED, FailedLink, failure_text
from archive.output.article import counted
from archive.store.refetch_schedule import GONE_STATUSES
from scraper.errors import UNREACHABLE_KINDS
from scraper.types import Failure, Fetched, HostPaused, Outcome, SourceRead, Unchanged

SAVED: Final = ("new", "revised", "same", "duplicate", "worse", "unchanged")
"""Results of a saved page, in the order of the summary."""


@dataclass(slots=True)
class RunTotals:
    """Totals of a run so far.

    `saved` counts the results of `Archive.save`, `failures` counts kinds of failure, and `read` counts the sources that were
    read, by name. `given` counts sources that are lists of addresses: no server answered for those. `gone` counts pages
    that the server says are gone; the other failures are `failed`. `failed_links` are both, and those that a site asked not
    to fetch; they are read at the end of the run.
    `all_sources` are those of the run; `under_way` are the addresses that it waits for.
    """

    saved: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    paused: set[str] = field(default_factory=set)
    gone: int = 0
    failed_links: tuple[FailedLink, ...] = ()
    links_found: int = 0
    pages_wanted: int = 0
    all_sources: frozenset[str] = frozenset()
    sources_done: set[str] = field(default_factory=set)
    under_way: set[str] = field(default_factory=set)
    run: int = 0
    seconds: float = 0.0
    stopped_by: str = ""
    alarms: tuple[Alarm, ...] = ()

    def count(self, outcome: Outcome, result: str) -> None:
        """Counts one saved outcome."""
        match outcome:
            case Failure():
                self.failures[outcome.kind] += 1
                self.gone += is_gone(outcome)
                if outcome.of_source:
                    self.sources_done.add(outcome.link.source)
            case SourceRead():
                self.read[outcome.source] += 1
                self.links_found += outcome.found
                self.pages_wanted += outcome.wanted
                self.sources_done.add(outcome.source)
            case HostPaused():
                self.paused.add(outcome.host)
            case Fetched() | Unchanged() if result == "failed":
                self.failures["no-article"] += 1
            case Fetched() | Unchanged():
                self.saved[result] += 1

    @property
    def pages(self) -> int:
        return self.saved.total()

    @property
    def all_pages(self) -> int | None:
        """Number of pages that this run fetches; None until every source was read."""
        return self.pages_wanted if self.all_sources and self.sources_done >= self.all_sources else None

    @property
    def sources(self) -> int:
        """Number of feeds, sitemaps and sections that answered."""
        return sum(count > self.given[name] for name, count in self.read.items())

    @property
    def failed(self) -> int:
        """Number of links that failed and are not gone."""
        return sum(self.failed_kinds.values())

    @property
    def failed_kinds(self) -> dict[str, int]:
        """The failed links by kind, without the gone ones and those that a site asked not to fetch."""
        kinds = Counter(self.failures) - Counter(status=self.gone)
        return {kind: count for kind, count in kinds.items() if kind not in REQUESTED}

    @property
    def nothing_reached(self) -> bool:
        """Whether the run sent requests and no server answered."""
        return bool(self.failures) and not self.pages and not self.sources and set(self.failures) <= UNREACHABLE_KINDS

    def as_counts(self) -> dict[str, int]:
        """The counts for the run's row in `runs`."""
        return {
            **{name: self.saved[name] for name in SAVED},
            "failed": self.failed,
            "gone": self.gone,
            "links": self.links_found,
        }

    def as_dict(self) -> dict[str, Any]:
        """The totals for `--json`."""
        return {
            "run": self.run,
            "sources": self.sources,
            "links": self.links_found,
            "pages": self.pages,
            **{name: self.saved[name] for name in SAVED},
            "failed": self.failed,
            "gone": self.gone,
            "robots": self.failures["robots"],
            "paused_hosts": len(self.paused),
            "failures": dict(sorted(self.failures.items())),
            "failed_links": [link.as_dict() for link in self.failed_links if link.kind not in REQUESTED],
            "seconds": round(self.seconds, 2),
            "stopped_by": self.stopped_by or None,
            "alarms": [alarm.as_dict() for alarm in self.alarms],
        }


def is_gone(failure: Failure) -> bool:
    """Whether the server says that there is no such page."""
    return failure.kind == "status" and failure.status in GONE_STATUSES and not failure.of_source


def summary_line(totals: RunTotals) -> str:
    """One line for people and logs.

    >>> summary_line(RunTotals(saved=Counter(new=3), failures=Counter(robots=2), read=Counter("ab"), seconds=4.2))
    '3 new, 2 disallowed by robots.txt; 2 sources in 4.2 s'
    """
    parts = [f"{totals.saved[name]:,} {name}" for name in SAVED if totals.saved[name]] or ["nothing new"]
    if totals.failed:
        parts.append(failure_text(totals.failed_kinds))
    if totals.gone:
        parts.append(f"{totals.gone:,} gone")
    if totals.failures["robots"]:
        parts.append(f"{totals.failures['robots']:,} disallowed by robots.txt")
    if totals.failures["reserved"]:
        parts.append(f"{totals.failures['reserved']:,} reserved by their publishers")
    if totals.paused:
        parts.append(f"{counted(len(totals.paused), 'host')} paused")
    sources = f"; {counted(totals.sources, 'source')}" if totals.sources else ""
    stopped = f", stopped by {totals.stopped_by}" if totals.stopped_by else ""
    return f"{', '.join(parts)}{sources} in {totals.seconds:.1f} s{stopped}"
