"""What a re-extraction did, or would do, told by site: articles, paragraphs gained and lost, samples of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from archive.output.article import one_line, printable
from archive.runs.reextract import Reread
from archive.store.decisions import paragraphs

MAX_SAMPLES: Final = 5_000
"""Different paragraphs of a site that are counted for samples; after these only how many there are."""
SHOWN: Final = 3
"""Samples of each kind."""
WORSE_NAMED: Final = 10

OUTCOMES: Final = ("revised", "found", "filled", "same", "worse", "still", "none", "failed")


@dataclass(slots=True)
class SiteReport:
    """What became of the pages of one site. `gained` and `lost` count paragraphs by text."""

    site: str
    outcomes: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    paragraphs_gained: int = 0
    paragraphs_lost: int = 0
    worse: list[tuple[str, str]] = field(default_factory=list)

    def count(self, reread: Reread) -> None:
        """Adds one page."""
        self.outcomes[reread.outcome] += 1
        if reread.outcome == "worse":
            self.worse.append((reread.item.page.url, reread.reason))
        if reread.outcome not in {"revised", "found"}:
            return
        before, after = Counter(paragraphs(reread.before)), Counter(paragraphs(reread.after))
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
            "worse_pages": [{"url": url, "reason": reason} for url, reason in self.worse[:WORSE_NAMED]],
        }


def samples(counter: Counter[str]) -> list[tuple[str, int]]:
    """The texts that came or went most often, those that did so equally in alphabetical order."""
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]


@dataclass(slots=True)
class Report:
    """The whole of it. `damaged` are pages that could not be read, `healed` alarms were closed."""

    dry_run: bool
    rules_hash: str
    sites: dict[str, SiteReport] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    stopped_by: str = ""
    healed: int = 0

    def count(self, reread: Reread) -> None:
        """Adds one page."""
        self.sites.setdefault(reread.site, SiteReport(reread.site)).count(reread)

    def total(self, outcome: str) -> int:
        """How many pages turned out so, over all sites."""
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
            "healed": self.healed,
            "sites": [self.sites[site].as_dict() for site in sorted(self.sites)],
        }

    def lines(self) -> Iterator[str]:
        """The report for people: the sites on which anything changes."""
        for name in sorted(self.sites):
            site = self.sites[name]
            if set(site.outcomes) - {"same", "none", "still"}:
                yield from site_lines(site)

    def summary(self) -> str:
        """One line for the end."""
        would = "would be" if self.dry_run else "were"
        parts = [
            f"{self.pages} pages read again"
            if self.pages
            else "0 pages read again, as all were by these rules, or were pruned or not asked for",
            f"{self.total('revised')} texts {would} revised",
            f"{self.total('found')} articles {would} found",
        ]
        notes = {
            "filled": "got metadata that was missing",
            "worse": "would get worse and stay as they are",
            "still": "no better than what is stored",
            "failed": "could not be extracted",
        }
        parts += [f"{self.total(outcome)} {note}" for outcome, note in notes.items() if self.total(outcome)]
        if self.healed:
            parts.append(f"{self.healed} alarm{'' if self.healed == 1 else 's'} closed")
        return "; ".join(parts) + (f"; stopped by {self.stopped_by}, the next run goes on" if self.stopped_by else "")


def site_lines(site: SiteReport) -> Iterator[str]:
    """One site: counts, then samples of what came (+) and went (-), with how often, then what would be worse (!)."""
    counts = ", ".join(f"{site.outcomes[outcome]} {outcome}" for outcome in OUTCOMES if site.outcomes[outcome])
    yield f"{site.site or '(no site)'}: {site.outcomes.total()} pages: {counts}; paragraphs +{site.paragraphs_gained} -{site.paragraphs_lost}"
    for sign, counter in (("+", site.gained), ("-", site.lost)):
        for text, times in samples(counter):
            yield f"  {sign} {times:>4} x  {one_line(printable(text))}"
    for url, reason in site.worse[:WORSE_NAMED]:
        yield f"  ! {url}: {reason}"
