"""Re-extraction: stored pages are extracted with the current rules, in parallel and without the network. No text is lost.

::

    pages ─► worker processes: extract, restore blocks ─► decide ─► a revision marked `reextract`, in small transactions
      ▲                                                     │
      └── pages not yet read with these rules ◄── reextractions: the rules with which each page was last read

A run that is cut leaves whole articles, and the next run continues after them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from archive.runs.stored_pages import Selection, StoredPage, read_pages, select_pages
from archive.store.archive import Archive
from archive.store.article_rows import TextCause
from archive.store.columns import Visit, array, iso, iso_or_none, plain, plain_text
from archive.store.connection import archive_errors, transaction
from archive.store.decisions import Decision, Stored, decide
from archive.store.identity import find_stored, stored_by_id
from archive.store.raw_pages import mark_page_used
from archive.store.restores import restore_blocks
from archive.store.save import rewrite
from archive.store.sites import site_name
from scraper.chrome import with_packed_chrome
from scraper.crawl.worker import rules_at
from scraper.errors import ArchiveError, ExtractError
from scraper.extraction.extract import extract
from scraper.extraction.multipage import JOINED, join
from scraper.extractor_version import extractor_version
from scraper.rules.ruleset import RuleSet
from scraper.types import Article, Extraction, Fetched

PAGES_PER_TRANSACTION: Final = 20
"""Another writer waits some milliseconds for them, and a kill loses at most this work."""

_DONE: Final = """
INSERT INTO reextractions (page_id, run_id, rules_hash, extractor, outcome, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (page_id) DO UPDATE SET run_id = excluded.run_id, rules_hash = excluded.rules_hash,
  extractor = excluded.extractor, outcome = excluded.outcome, at = excluded.at"""

_FILLABLE: Final = {
    "authors": "[]",
    "contributors": "[]",
    "published": None,
    "language": "",
    "section": "",
    "description": "",
}
"""Metadata columns that a re-extraction may fill, and their empty values."""


@dataclass(frozen=True, slots=True)
class PageResult:
    """The result for one page.

    `outcome`: same, filled (only metadata was added), revised, found (a first text), worse (rejected), still (a later page
    that is still worse than the stored text), none (no article), failed.
    """

    site: str
    outcome: str
    stored_page: StoredPage
    reason: str = ""
    before: str = ""
    after: str = ""
    title: str = ""


class MapOrdered(Protocol):
    """Extracts pages, in order: `ExtractPool.map_ordered`, or a plain map in tests."""

    def __call__(
        self, task: Callable[[StoredPage], Extraction], items: Iterable[StoredPage]
    ) -> Iterator[Extraction | ExtractError]: ...


def reextract_pages(
    run: ReextractRun, map_ordered: MapOrdered, *, wanted: Callable[[StoredPage], bool], stopped: Callable[[], bool]
) -> Iterator[PageResult | ArchiveError]:
    """The result for each page, in order. `stopped` is checked between two pages; pages under way are finished."""
    waiting: deque[StoredPage] = deque()
    damaged: list[ArchiveError] = []

    def readable() -> Iterator[StoredPage]:
        for found in run.pages(wanted):
            if stopped():
                return
            if isinstance(found, ArchiveError):
                damaged.append(found)
                continue
            waiting.append(found)
            yield found

    chunk: list[tuple[StoredPage, Extraction | ExtractError]] = []
    for extraction in map_ordered(extract_stored, readable()):
        chunk.append((waiting.popleft(), extraction))
        if len(chunk) >= PAGES_PER_TRANSACTION:
            yield from run.store_all(chunk)
            chunk.clear()
    yield from run.store_all(chunk)
    yield from damaged


def extract_stored(stored: StoredPage) -> Extraction:
    """The worker's task: the page's extraction with the current rules and its restored blocks."""
    return extract_with(stored, rules_at(stored.rules_paths))


def extract_with(stored: StoredPage, rules: RuleSet) -> Extraction:
    """The page's extraction with these rules and its restored blocks."""
    extractions = [extract(page, rules) for page in (stored.page, *stored.parts)]
    extraction = join(extractions) if stored.parts else extractions[0]
    return with_packed_chrome(restore_blocks(extraction, stored.restores))


@dataclass(slots=True)
class ReextractRun:
    """One run over stored pages. `run_id` is None for a dry run, which writes nothing."""

    archive: Archive
    selection: Selection
    rules_hash: str
    rules_paths: tuple[Path, ...]
    run_id: int | None = None
    clock: Callable[[], datetime] = datetime.now

    def pages(self, wanted: Callable[[StoredPage], bool]) -> Iterator[StoredPage | ArchiveError]:
        """The selected pages, one at a time."""
        page_ids = select_pages(self.archive, self.selection, rules_hash=self.rules_hash)
        paths = tuple(path.absolute() for path in self.rules_paths)  # a worker may be started in another folder
        return read_pages(self.archive, page_ids, rules_paths=paths, wanted=wanted)

    def store_all(self, pairs: Sequence[tuple[StoredPage, Extraction | ExtractError]]) -> list[PageResult]:
        """The results for extracted pages. All of them are stored in one transaction, or none."""
        with archive_errors(self.archive.path):
            if self.run_id is None:
                return [self.store(stored_page, found) for stored_page, found in pairs]
            with transaction(self.archive.db):
                return [self.store(stored_page, found) for stored_page, found in pairs]

    def store(self, stored_page: StoredPage, found: Extraction | ExtractError) -> PageResult:
        """Stores one extraction, unless the run is a dry run."""
        db = self.archive.db
        bare = stored_page.without_bodies()
        if isinstance(found, ExtractError):
            result = PageResult(site_name(bare.page.final_url), "failed", bare, found.detail)
        else:
            fetched = Fetched(bare.link, bare.page, found)
            stored = stored_by_id(db, bare.article_id) if bare.article_id else find_stored(db, fetched)
            result = self.judge(bare, fetched, stored)
        if self.run_id is not None:
            at = iso(self.clock())
            values = (bare.page_id, self.run_id, self.rules_hash, extractor_version(), result.outcome, at)
            db.conn.execute(_DONE, values)
        return result

    def judge(self, page: StoredPage, fetched: Fetched, stored: Stored | None) -> PageResult:
        """Compares an extraction with the stored text, and writes the changes."""
        site = site_name(page.page.final_url)
        decision = self.decide(page, fetched, stored)
        article = fetched.extraction.article
        before = stored.text if stored else ""
        if decision.outcome in {"new", "revised"} and article is not None:
            self.write_text(fetched, stored, page)
            outcome = "found" if stored is None else "revised"
            return PageResult(site, outcome, page, decision.reason, before, article.text, article.title)
        if decision.outcome == "same" and stored and article is not None:
            self.mark_used(page, stored)
            outcome = "filled" if self.fill_metadata(article, stored) else "same"
            return PageResult(site, outcome, page, title=stored.title)
        if stored is None:
            return PageResult(site, "none", page, decision.reason)
        after = article.text if article else ""
        return PageResult(site, "worse" if page.used else "still", page, decision.reason, before, after, stored.title)

    def decide(self, page: StoredPage, fetched: Fetched, stored: Stored | None) -> Decision:
        """The decision as for a fetched page. With `Selection.worse` a worse text is accepted, but not a missing one."""
        if stored and page.article_id is None and self.is_newer(stored, page):
            return Decision("worse", "a newer page already produced this article")
        if stored and not page.parts and self.would_lose_parts(stored, page, fetched):
            return Decision("worse", "the text was joined from several pages, of which the archive has only the first")
        decision = decide(stored, fetched.extraction, plain_text(fetched.extraction.text))
        if decision.outcome == "worse" and self.selection.worse and fetched.extraction.article is not None:
            return replace(decision, outcome="revised")
        return decision

    def is_newer(self, stored: Stored, page: StoredPage) -> bool:
        """Whether the article was seen after this page, which had none then."""
        row = self.archive.db.conn.execute("SELECT last_seen FROM articles WHERE id = ?", (stored.id,)).fetchone()
        return bool(row[0] > iso(page.page.fetched_at))

    def would_lose_parts(self, stored: Stored, page: StoredPage, fetched: Fetched) -> bool:
        """Whether a joined text would lose its later pages. The first versions of Cuttings stored only the first page."""
        article = fetched.extraction.article
        if not page.used and article and len(article.text) >= len(stored.text):
            return False
        sql = "SELECT evidence FROM articles WHERE id = ?"
        (evidence,) = self.archive.db.conn.execute(sql, (stored.id,)).fetchone()
        return any(str(line).startswith(JOINED) for line in json.loads(evidence))

    def write_text(self, fetched: Fetched, stored: Stored | None, page: StoredPage) -> None:
        """Writes a new text as a revision."""
        if self.run_id is not None:
            visit = Visit(self.run_id, iso(self.clock()))
            rewrite(self.archive.db, fetched, visit, TextCause("reextract", page.page_id), stored=stored)

    def mark_used(self, page: StoredPage, stored: Stored) -> None:
        """Notes that a page which gave no text before now gives the article's text."""
        if self.run_id is not None and not page.used:
            mark_page_used(self.archive.db, page.page_id, stored.id)

    def fill_metadata(self, article: Article, stored: Stored) -> bool:
        """Fills empty metadata columns of the article; returns whether there was one. Known values never change."""
        found: dict[str, Any] = {
            "authors": array(article.authors),
            "contributors": array(article.contributors),
            "published": iso_or_none(article.published),
            "language": plain(article.language),
            "section": plain(article.section),
            "description": plain(article.description),
        }
        sql = f"SELECT {', '.join(_FILLABLE)} FROM articles WHERE id = ?"
        known = self.archive.db.conn.execute(sql, (stored.id,)).fetchone()
        new = {
            column: found[column]
            for (column, empty), value in zip(_FILLABLE.items(), known, strict=True)
            if value == empty and found[column] != empty
        }
        if new and self.run_id is not None:
            assignments = ", ".join(f"{column} = :{column}" for column in new)
            self.archive.db.conn.execute(f"UPDATE articles SET {assignments} WHERE id = :id", new | {"id": stored.id})
        return bool(new)
