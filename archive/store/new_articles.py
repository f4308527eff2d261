"""The new articles of a batch, gathered in memory and written table by table: a statement a table, not eight an article.

Whether pages belong to stored articles is looked up for the whole batch. A page is taken only if no address of it leads to an
article, of the archive or of the batch; `save.write` decides on every other page, after `flush`. The rows, their order and their
ids are those that `save.write` would have written one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from sqlite_utils import Database

from archive.store.article_rows import (
    ArticleOrigin,
    ArticleRow,
    NewText,
    RemovalRow,
    RevisionRow,
    TextCause,
    article_origin,
    article_row,
    insert_articles,
    insert_revisions,
    removal_rows,
    revision_row,
)
from archive.store.chrome import chrome_rows, insert_chrome
from archive.store.columns import PlainText, Visit, plain
from archive.store.decisions import MIN_DUPLICATE_WORDS, Decision, Outcome, decide
from archive.store.identity import AddressOwner, addresses_of, earlier_twin, write_aliases
from archive.store.indexing import is_unspaced, mark_unspaced, postpone
from archive.store.links import done_values, insert_done, mark_done
from archive.store.near_duplicates import NearRow, insert_near, near_rows
from archive.store.near_index import NearIndex
from archive.store.prepared_pages import PreparedPage
from archive.store.raw_pages import PageRow, PartRow, insert_pages, page_row, part_rows, with_reference
from archive.store.samples import SampleRow, insert_samples, sample_row
from scraper.types import Failure, Fetched, Known, SourceRead
from scraper.types import Outcome as Crawled

_ADDRESSES: Final = """
SELECT value, (SELECT id FROM links WHERE url = value),
  EXISTS (SELECT 1 FROM articles WHERE url = value) OR EXISTS (SELECT 1 FROM aliases WHERE url = value)
    OR EXISTS (SELECT 1 FROM links WHERE url = value AND article_id IS NOT NULL)
FROM json_each(?)"""
_TWINS: Final = """
SELECT fingerprint, twin FROM (
  SELECT value AS fingerprint, (SELECT coalesce(duplicate_of, id) FROM articles WHERE fingerprint = value ORDER BY id LIMIT 1) AS twin
  FROM json_each(?)
) WHERE twin IS NOT NULL"""
_NUMBERED: Final = ("articles", "links", "pages", "revisions")
_LAST: Final = f"SELECT {', '.join(f'(SELECT coalesce(max(id), 0) FROM {table})' for table in _NUMBERED)}"


@dataclass(slots=True)
class Ids:
    """The ids of the next rows of four tables."""

    articles: Iterator[int]
    links: Iterator[int]
    pages: Iterator[int]
    revisions: Iterator[int]


def next_ids(db: Database) -> Ids:
    """The ids that SQLite would give to the next rows."""
    return Ids(*(count(last + 1) for last in db.conn.execute(_LAST).fetchone()))


@dataclass(slots=True)
class Rows:
    """Rows that wait to be written, by table."""

    articles: list[tuple[int, ArticleOrigin, ArticleRow]] = field(default_factory=list)
    new_links: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    named_links: list[dict[str, Any]] = field(default_factory=list)
    owners: list[AddressOwner] = field(default_factory=list)
    pages: list[PageRow] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)
    revisions: list[tuple[int, RevisionRow]] = field(default_factory=list)
    removals: list[RemovalRow] = field(default_factory=list)
    chrome: list[tuple[int, bytes]] = field(default_factory=list)
    unspaced: list[int] = field(default_factory=list)
    near: list[NearRow] = field(default_factory=list)
    samples: list[SampleRow] = field(default_factory=list)

    def write(self, db: Database) -> None:
        """Write the rows, those first to which others refer."""
        postpone(db, [article_id for article_id, _, _ in self.articles])
        insert_articles(db, self.articles)
        insert_done(db, self.new_links)
        for values in self.named_links:
            mark_done(db, values)
        write_aliases(db, self.owners)
        insert_pages(db, self.pages, self.parts)
        insert_revisions(db, self.revisions, self.removals)
        insert_chrome(db, self.chrome)
        mark_unspaced(db, self.unspaced)
        insert_near(db, self.near)
        insert_samples(db, self.samples)


def read_twins(db: Database, pages: Iterable[PreparedPage]) -> dict[str, int]:
    """The articles that had the texts of pages first, by fingerprint."""
    asked = sorted({page.text.fingerprint for page in pages})
    return dict(db.conn.execute(_TWINS, (json.dumps(asked),)).fetchall())


class NewArticles:
    """The new articles of one transaction. `pages` are all pages that the transaction may write."""

    def __init__(self, db: Database, visit: Visit, near: NearIndex, pages: Sequence[PreparedPage]) -> None:
        self._db = db
        self._visit = visit
        self._near = near
        self._rows = Rows()
        self._ids: Ids | None = None
        self._links: dict[str, int] = {}
        self._taken: set[str] = set()
        self._stored_twins: dict[str, int] | None = read_twins(db, pages)
        self._new_twins: dict[str, int] = {}
        self._read_addresses(pages)

    def add(self, prepared: PreparedPage) -> Outcome | None:
        """Take the page's article, and decide on it; None if the page is not surely a new article, and nothing was done."""
        fetched = prepared.fetched
        if (
            fetched.extraction.article is None
            or fetched.page.moved
            or not self._taken.isdisjoint(addresses_of(fetched))
        ):
            return None
        decision = decide(None, fetched.extraction, prepared.text)
        return self._add(prepared, decision) if decision.outcome == "new" else None

    def flush(self) -> None:
        """Write what was taken."""
        if self._rows.articles:
            self._rows.write(self._db)
            self._rows = Rows()

    def forget(self, outcome: Crawled) -> None:
        """Do not trust what was looked up before an outcome that was written by itself."""
        self._ids = None
        self._taken |= written_addresses(outcome)
        if isinstance(outcome, Fetched):  # it may have changed the text of an article
            self._stored_twins = None
            self._new_twins.clear()

    def _read_addresses(self, pages: Iterable[PreparedPage]) -> None:
        """Look up the addresses of all pages: the ids of their links, and whether they lead to an article."""
        asked = sorted(set().union(*(addresses_of(page.fetched) for page in pages)))
        for url, link_id, is_taken in self._db.conn.execute(_ADDRESSES, (json.dumps(asked),)):
            if is_taken:
                self._taken.add(url)
            elif link_id is not None:
                self._links[url] = link_id

    def _twin(self, text: PlainText, article_id: int) -> int | None:
        """The id of the article that had this text first: a stored one, or one that waits. None if the new article has."""
        if text.words < MIN_DUPLICATE_WORDS:
            return None
        stored = self._stored_twins
        twin = earlier_twin(self._db, text, None) if stored is None else stored.get(text.fingerprint)
        first = self._new_twins.setdefault(text.fingerprint, twin or article_id)
        return None if first == article_id else first

    def _add(self, prepared: PreparedPage, decision: Decision) -> Outcome:
        """Gather the rows of a new article."""
        fetched, text, rows, ids = prepared.fetched, prepared.text, self._rows, self._ids or next_ids(self._db)
        self._ids = ids
        article_id, revision_id = next(ids.articles), next(ids.revisions)
        twin = self._twin(text, article_id)
        new = NewText(fetched, text, prepared.near, None, decision, self._visit.at)
        row = article_row(fetched.extraction, text, revision=1, duplicate_of=twin, seen=new.seen)
        rows.articles.append((article_id, article_origin(fetched, seen=new.seen), row))
        link_id = self._add_link(fetched, article_id)
        page_id = self._add_page(prepared, article_id, link_id)
        rows.revisions.append((revision_id, revision_row(new, self._visit, article_id, TextCause("scrape", page_id))))
        rows.removals += removal_rows(fetched.extraction.removals, article_id=article_id, revision_id=revision_id)
        rows.chrome += chrome_rows(revision_id, fetched.extraction)
        rows.samples.append(
            sample_row(self._visit, fetched, stored=None, outcome=decision.outcome, chars=len(text.text))
        )
        near = self._add_near(new, article_id, revision_id)
        self._taken |= written_addresses(fetched)
        return "duplicate" if twin or near else decision.outcome

    def _add_link(self, fetched: Fetched, article_id: int) -> int:
        """Gather the link and the addresses of a page; the link's id."""
        page, url = fetched.page, plain(fetched.link.url)
        known = Known(page.header("etag"), page.header("last-modified"), page.fetched_at)
        values = done_values(
            fetched.link, known, self._visit, status=page.status, article_id=article_id, signals=fetched.signals
        )
        assert self._ids is not None
        link_id = self._links.get(url)
        if link_id is None:
            link_id = next(self._ids.links)
            self._rows.new_links.append((link_id, values))
        else:
            self._rows.named_links.append(values)
        self._rows.owners.append((fetched, article_id, link_id))
        return link_id

    def _add_page(self, prepared: PreparedPage, article_id: int, link_id: int) -> int:
        """Gather the raw page; its id."""
        assert self._ids is not None
        page_id = next(self._ids.pages)
        packed, reference = with_reference(self._db, prepared.page, self._visit)
        owners = {"link_id": link_id, "article_id": article_id, "page_id": page_id}
        self._rows.pages.append(page_row(packed, self._visit, reference, used=True, **owners))
        self._rows.parts += part_rows(packed, page_id)
        return page_id

    def _add_near(self, new: NewText, article_id: int, revision_id: int) -> bool:
        """Index the text, and gather its links with other articles. Whether another article tells the same story."""
        row = self._rows.articles[-1][-1]
        article = new.fetched.extraction.article
        assert article is not None
        if is_unspaced((row.title, *article.authors, row.text)):
            self._rows.unspaced.append(article_id)
        found = self._near.find(new.near)
        self._rows.near += near_rows(article_id, found)
        self._near.add(revision_id, article_id, new.near, fingerprint=row.fingerprint)
        return bool(found)


def written_addresses(outcome: Crawled) -> set[str]:
    """The addresses that writing an outcome adds to the archive."""
    match outcome:
        case Fetched():
            article = outcome.extraction.article
            copies = {plain(article.amp_url)} if article and article.amp_url else set()
            return addresses_of(outcome) | copies
        case Failure(link=link):
            return {plain(link.url)}
        case SourceRead():
            links = (link.url for link in outcome.links)
            return {plain(url) for url in (*links, *(url for url, _ in outcome.validators))}
    return set()
