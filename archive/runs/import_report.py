"""Report of an import: records, what became of the captures, and why other records gave none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from archive.output.article import counted
from archive.store.captures import CAPTURE_OUTCOMES
from scraper.captures.reader import CaptureFile

OUTCOME_TEXTS: Final = {
    "new": "new",
    "duplicate": "new with a known text",
    "revised": "revised",
    "history": "older",
    "same": "the same",
    "worse": "worse",
    "textless": "without an article",
}
"""What became of captures, as the summary says it."""


@dataclass(slots=True)
class ImportReport:
    """Counts of an import. `revisits` are records of pages that were found unchanged, `seen_again` articles that they moved.

    `skipped` counts records by the keys of `scraper.captures.records.REASONS`.
    """

    files: list[str] = field(default_factory=list)
    records: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    revisits: int = 0
    seen_again: int = 0
    failures: list[str] = field(default_factory=list)
    damages: list[str] = field(default_factory=list)
    stopped_by: str = ""

    def count_file(self, file: CaptureFile) -> None:
        """Add a file that was read."""
        self.records += file.records
        self.skipped.update(file.skipped)
        self.damages += file.damages

    def counts(self) -> dict[str, int]:
        """The counts that are not zero, for the row in `runs`."""
        found = {outcome: self.outcomes[outcome] for outcome in CAPTURE_OUTCOMES}
        return {name: count for name, count in (found | {"failed": len(self.failures)}).items() if count}

    def all_skipped(self) -> dict[str, int]:
        """Records that gave no page, by reason, the most frequent first."""
        total = self.skipped + Counter(known=self.outcomes["known"], revisit=self.revisits)
        return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "files": len(self.files),
            "records": self.records,
            **{outcome: self.outcomes[outcome] for outcome in OUTCOME_TEXTS},
            "failed": len(self.failures),
            "seen_again": self.seen_again,
            "skipped": self.all_skipped(),
            "damaged": self.damages,
            "stopped_by": self.stopped_by,
        }

    def summary(self) -> str:
        """The counts in one line."""
        found = [f"{self.outcomes[name]:,} {text}" for name, text in OUTCOME_TEXTS.items() if self.outcomes[name]]
        if self.failures:
            found.append(f"{len(self.failures):,} failed")
        skipped = ", ".join(f"{count:,} {reason}" for reason, count in self.all_skipped().items())
        return (
            f"{counted(self.records, 'record')} in {counted(len(self.files), 'file')}: {', '.join(found) or 'nothing new'}"
            f"{f'; skipped: {skipped}' if skipped else ''}"
        )
