"""Report of a re-extraction by site: articles, paragraphs gained and lost, samples of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from archive.output.article import counted, one_line, printable
from archive.runs.reextract import PageResult
from archive.store.decisions import paragraphs

MAX_SAMPLES: Final = 5_000
"""Different paragraphs of a site that are kept as samples. Further ones are only counted."""
SHOWN_SAMPLES: Final = 3
"""Samples that are shown, of gained and of lost paragraphs."""
SHOWN_WORSE: Final = 10
"""Failed and worse pages of a site that are shown."""

NO_PAGES: Final = "no page to extract: all were already extracted with these rules or pruned, or none is selected"

OUTCOMES: Final = ("revised", "found", "filled", "same", "worse", "still", "none", "failed")


@dataclass(slots=True)
class SiteReport:
    """The results for one site. `gained` and `lost` count paragraphs by text."""

    site: str
    outcomes: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    paragraphs_gained: int = 0
    paragraphs_lost: int = 0
    worse: list[tuple[str, str]] = field(default_factory=list)

    def count(self, result: PageResult) -> None:
        """Adds one page."""
        self.outcomes[result.outcome] += 1
        if result.outcome in {"worse", "failed"}:
            self.worse.append((result.stored_page.page.url, result.reason))
        if result.outcome not in {"revised", "found"}:
            return
        before, after = Counter(paragraphs(result.before)), Counter(paragraphs(result.after))
        gained, lost = after - before, before - after
        self.paragraphs_gained += gained.total()
        self.paragraphs_lost += lost.total()
        for counter, found in ((self.gained, gained), (self.lost, lost)):
            if len(counter) < MAX_SAMPLES:
                counter.update(found)

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "site": self.site,
            "pages": self.outcomes.total(),
            **{outcome: self.outcomes[outcome] for outcome in OUTCOMES},
            "paragraphs_gained": self.paragraphs_gained,
            "paragraphs_lost": self.paragraphs_lost,
            "gained": [{"text": text, "times": times} for text, times in samples(self.gained)],
            "lost": [{"text": text, "times": times} for text, times in samples(self.lost)],
            "worse_pages": [{"url": url, "reason": reason} for url, reason in self.worse[:SHOWN_WORSE]],
        }


def samples(counter: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent texts, in alphabetical order within one frequency."""
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN_SAMPLES]


@dataclass(slots=True)
class Report:
    """Report over all sites. `damaged` are errors of unreadable pages, `closed_alarms` is the number of closed alarms."""

    dry_run: bool
    rules_hash: str
    sites: dict[str, SiteReport] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    stopped_by: str = ""
    closed_alarms: int = 0

    def count(self, result: PageResult) -> None:
        """Adds one page."""
        self.sites.setdefault(result.site, SiteReport(result.site)).count(result)

    def total(self, outcome: str) -> int:
        """Number of pages with this outcome, over all sites."""
        return sum(site.outcomes[outcome] for site in self.sites.values())

    @property
    def pages(self) -> int:
        return sum(site.outcomes.total() for site in self.sites.values())

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON, sites in the order of their names."""
        return {
            "dry_run": self.dry_run,
            "rules_hash": self.rules_hash,
            "pages": self.pages,
            **{outcome: self.total(outcome) for outcome in OUTCOMES},
            "stopped_by": self.stopped_by or None,
            "damaged": self.damaged,
            "healed": self.closed_alarms,
            "sites": [self.sites[site].as_dict() for site in sorted(self.sites)],
        }

    def lines(self) -> Iterator[str]:
        """The report for people: sites with changes."""
        for name in sorted(self.sites):
            site = self.sites[name]
            if set(site.outcomes) - {"same", "none", "still"}:
                yield from site_lines(site)

    def summary(self) -> str:
        """The summary in one line."""
        would = "would be" if self.dry_run else "were"
        parts = [
            f"{counted(self.pages, 'page')} extracted again" if self.pages else NO_PAGES,
            f"{counted(self.total('revised'), 'text')} {would} revised",
            f"{counted(self.total('found'), 'article')} {would} found",
        ]
        notes = {
            "filled": "got missing metadata",
            "worse": "would become worse and were rejected",
            "still": "no better than the stored text",
            "failed": "could not be extracted",
        }
        parts += [f"{self.total(outcome):,} {note}" for outcome, note in notes.items() if self.total(outcome)]
        if self.closed_alarms:
            parts.append(f"{counted(self.closed_alarms, 'alarm')} closed")
        return "; ".join(parts) + (
            f"; stopped by {self.stopped_by}, run it again to continue" if self.stopped_by else ""
        )


def site_lines(site: SiteReport) -> Iterator[str]:
    """One site: counts, then samples of gained (+) and lost (-) paragraphs with their numbers, then pages that failed or became worse (!)."""
    counts = ", ".join(f"{site.outcomes[outcome]:,} {outcome}" for outcome in OUTCOMES if site.outcomes[outcome])
    pages = counted(site.outcomes.total(), "page")
    changed = f"paragraphs +{site.paragraphs_gained:,} -{site.paragraphs_lost:,}"
    yield f"{site.site or '(no site)'}: {pages}: {counts}; {changed}"
    for sign, counter in (("+", site.gained), ("-", site.lost)):
        for text, times in samples(counter):
            yield f"  {sign} {times:>4,} x  {one_line(printable(text))}"
    for url, reason in site.worse[:SHOWN_WORSE]:
        yield f"  ! {url}: {reason}"
