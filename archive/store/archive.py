"""The archive: one SQLite file that one run at a time writes and anyone reads.

Each `save` is one transaction: after a kill at any moment an article is complete or absent. Faults of file and disk are
`ArchiveError`; stored articles stay readable after one.

The modules that write articles are imported at the first write: with numpy they take longer to load than a search takes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

from sqlite_utils import Database

from archive.store.clock_changes import make_frozen_links_due
from archive.store.columns import Visit, iso, plain
from archive.store.connection import archive_errors, batch_transaction, connect, enlarge_cache, transaction
from archive.store.decisions import Outcome
from archive.store.links import read_known, read_paused, read_waiting, retry_refused_hosts
from archive.store.page_dictionaries import Dictionaries
from archive.store.raw_pages import PackedPage, pack_page, read_body
from archive.store.reading_list import count_states, write_reading_list
from archive.store.records import (
    SELECT_ARTICLE,
    Revision,
    StoredArticle,
    read_removal,
    read_revision,
    select,
    stored_article,
)
from archive.store.typed_address import meant_addresses
from scraper.discovery.saved_link import SavedLink
from scraper.errors import InputError
from scraper.types import Fetched, HostPaused, Known, Link, Removal
from scraper.types import Outcome as Crawled

if TYPE_CHECKING:
    from archive.store.captures import CaptureOutcome, ImportVisit
    from archive.store.near_index import NearIndex


class Archive:
    """An open archive, for one thread."""

    def __init__(self, db: Database, path: Path) -> None:
        self.db = db
        self.path = path
        self._dictionaries = Dictionaries()
        self._now = "9999"  # before a run starts, every link with a next try is due

    @cached_property
    def _near(self) -> NearIndex:
        from archive.store.near_index import NearIndex

        return NearIndex(self.db)

    @classmethod
    def open(cls, path: Path, *, create: bool = False, write: bool = True) -> Archive:
        """Open an archive; with `create`, make a missing one.

        Without `write`, an archive on a read-only disk can be read. Raises ArchiveError.
        """
        return cls(connect(path, create=create, write=write), path)

    def start_run(
        self, *, at: datetime, sources: str, revisit_delays: Mapping[str, Sequence[float]] = MappingProxyType({})
    ) -> int:
        """Record that a run starts; its id. The run fetches links that are due at this time.

        Links of the sources in `revisit_delays` become due if a wrong clock put their next fetch too far ahead.
        """
        self._now = iso(at)
        enlarge_cache(self.db)
        with archive_errors(self.path), transaction(self.db):
            row = (self._now, plain(sources), sqlite3.sqlite_version)
            make_frozen_links_due(self.db, revisit_delays, at=at)
            query = "INSERT INTO runs (started_at, sources, sqlite_version) VALUES (?, ?, ?) RETURNING id"
            return int(self.db.conn.execute(query, row).fetchone()[0])

    def retry_refused_hosts(self, hosts: Sequence[str] | None) -> None:
        """Make links due that were refused for a private address: see `links.retry_refused_hosts`."""
        with archive_errors(self.path), transaction(self.db):
            retry_refused_hosts(self.db, hosts, now=self._now)

    def save_reading_list(self, links: Sequence[SavedLink], *, run: int, at: datetime) -> None:
        """Record the pages of a reading list in one transaction; those that are new wait for their first fetch."""
        known = self.known([link.url for link in links])
        with archive_errors(self.path), transaction(self.db):
            write_reading_list(self.db, links, known, Visit(run, iso(at)))

    def reading_list_states(self, urls: Sequence[str]) -> dict[str, int]:
        """What became of the pages of a reading list: see `reading_list.STATES`."""
        with archive_errors(self.path):
            return count_states(self.db, urls)

    def finish_run(self, run: int, *, at: datetime, counts: Mapping[str, int], note: str = "") -> None:
        """Record that a run ended, with its counts."""
        with archive_errors(self.path), transaction(self.db):
            row = (iso(at), json.dumps(dict(counts)), plain(note), run)
            self.db.conn.execute("UPDATE runs SET finished_at = ?, counts = ?, note = ? WHERE id = ?", row)

    def known(self, urls: Sequence[str]) -> dict[str, Known]:
        """Validators and state of these URLs, of articles and of feeds: see `links.read_known`."""
        with archive_errors(self.path):
            return read_known(self.db, urls, now=self._now)

    def waiting(self, source: str, *, limit: int = 1000) -> tuple[Link, ...]:
        """Links of a source that are due, even if the source does not name them any more: see `links.read_waiting`."""
        with archive_errors(self.path):
            return read_waiting(self.db, source, now=self._now, limit=limit)

    def paused(self, *, at: datetime) -> tuple[HostPaused, ...]:
        """The hosts that are paused at a time."""
        with archive_errors(self.path):
            return read_paused(self.db, at=at)

    def save(self, outcome: Crawled, *, run: int, at: datetime) -> Outcome:
        """Write one outcome in one transaction; the decision on it."""
        return self.save_many((outcome,), run=run, at=at)[0]

    def save_many(
        self,
        outcomes: Sequence[Crawled],
        *,
        run: int,
        at: datetime,
        revisit_delays: Mapping[str, Sequence[float]] = MappingProxyType({}),
    ) -> list[Outcome]:
        """Write several outcomes in one transaction, in order: all or none.

        `revisit_delays` are the seconds from the first fetch of a page to each refetch, by source; the default for a
        source that is missing.
        """
        from archive.store.indexing import indexed_together, without_collector
        from archive.store.prepared_pages import PreparedPage, prepare
        from archive.store.save import write_all, write_tallies

        near = self._near if len(outcomes) > 1 else None
        visit = Visit(run, iso(at), revisit_delays, near)
        with archive_errors(self.path), without_collector():
            prepared = prepare(outcomes, pack=self._pack)
        texts = [item.near for item in prepared if isinstance(item, PreparedPage)]
        with archive_errors(self.path), batch_transaction(self.db), indexed_together(self.db, near, texts):
            written = write_all(self.db, prepared, visit)
            write_tallies(self.db, run, zip(outcomes, written, strict=True))
        self._dictionaries.read_ids(self.db)
        return written

    def save_captures(self, captures: Sequence[Fetched], importing: ImportVisit) -> list[CaptureOutcome]:
        """Write pages that another program captured in one transaction, in order: all or none. What became of each."""
        from archive.store.captures import write_capture
        from archive.store.indexing import indexed_together
        from archive.store.prepared_pages import PreparedPage, prepare

        with archive_errors(self.path):
            prepared = prepare(captures, pack=self._pack)
        pages = [item for item in prepared if isinstance(item, PreparedPage)]
        texts = [page.near for page in pages]
        with archive_errors(self.path), batch_transaction(self.db), indexed_together(self.db, self._near, texts):
            written = [write_capture(self.db, page, importing, self._near) for page in pages]
        self._dictionaries.read_ids(self.db)
        return written

    def article(self, ref: str) -> StoredArticle:
        """The article with this id or URL, canonical or not. Raises InputError if there is none."""
        with archive_errors(self.path):
            row = next(select(self.db, f"{SELECT_ARTICLE} WHERE articles.id = ?", (self._find(ref),)))
        return stored_article(row)

    def revisions(self, article_id: int) -> tuple[Revision, ...]:
        """Every text of the article, oldest first."""
        with archive_errors(self.path):
            return tuple(map(read_revision, select(self.db, _REVISIONS, (article_id,))))

    def removals(self, article_id: int) -> tuple[Removal, ...]:
        """The removals from the article's newest text, in page order."""
        with archive_errors(self.path):
            return tuple(map(read_removal, select(self.db, _REMOVALS, (article_id,))))

    def body(self, article_id: int) -> bytes:
        """The raw page that the article's newest text came from. Raises ArchiveError if the page is damaged."""
        with archive_errors(self.path):
            found = self.db.conn.execute(_PAGE, (article_id,)).fetchone()
            if found is None:
                raise InputError(f"article {article_id}: no raw page is stored")
            return read_body(self.db, found[0], path=str(self.path))

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pack(self, fetched: Fetched) -> PackedPage:
        return pack_page(
            fetched.page, self._dictionaries.choose(self.db, fetched.page), fetched.parts, self._dictionaries.pack
        )

    def _find(self, ref: str) -> int:
        if ref.isascii() and ref.isdigit() and len(ref) < 19:
            found = self.db.conn.execute("SELECT id FROM articles WHERE id = ?", (int(ref),)).fetchone()
        else:
            rows = (self.db.conn.execute(_BY_ADDRESS, {"url": url}).fetchone() for url in meant_addresses(plain(ref)))
            found = next(filter(None, rows), None)
        if found is None:
            raise InputError(f"{self.path}: no article {ref!r}; find one with `cuttings search`")
        return int(found[0])


_BY_ADDRESS = """
SELECT id FROM articles WHERE url = :url
UNION ALL SELECT article_id FROM aliases WHERE url = :url
UNION ALL SELECT article_id FROM links WHERE url = :url AND article_id IS NOT NULL
LIMIT 1"""

_REVISIONS = """
SELECT number, seen_at, title, added, removed, rules_hash, text, origin, extractor FROM revisions WHERE article_id = ? ORDER BY number"""

_REMOVALS = """
SELECT removals.rule, removals.stage, removals.kind, removals.position, removals.text
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
JOIN removals ON removals.revision_id = revisions.id
WHERE articles.id = ? ORDER BY removals.position, removals.id"""

_PAGE = """
SELECT revisions.page_id FROM articles
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
WHERE articles.id = ? AND revisions.page_id IS NOT NULL"""
