"""The task of a worker that extracts a captured page: shared by the import into an archive and the batch of many shards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scraper.chrome import with_packed_chrome
from scraper.crawl.worker import rules_at
from scraper.types import Extraction, Page


@dataclass(frozen=True, slots=True)
class CaptureTask:
    """A worker's task: a captured page and the further pages of its article. `url` is for a worker's errors."""

    page: Page
    parts: tuple[Page, ...]
    rules_paths: tuple[Path, ...]

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def body_bytes(self) -> int:
        """Bytes of the bodies."""
        return sum(len(page.body) for page in (self.page, *self.parts))


def extract_capture(task: CaptureTask) -> Extraction:
    """The worker's task of an import: the extraction with its chrome packed."""
    return with_packed_chrome(extract_joined(task))


def extract_joined(task: CaptureTask) -> Extraction:
    """The extraction of a captured page, joined with those of its further pages. Only the workers load the extractor."""
    from scraper.extraction.extract import extract
    from scraper.extraction.multipage import join

    rules = rules_at(task.rules_paths)
    extractions = [extract(page, rules) for page in (task.page, *task.parts)]
    return join(extractions) if task.parts else extractions[0]
