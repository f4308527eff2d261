"""Writing one outcome of a crawl, inside a transaction that the caller opened.

::

    Fetched      link done, page kept; its article is new, revised, the same, a duplicate or worse (see `decide`)
    Unchanged    last_seen moves
    Failure      link failed or gone, with a time for the next try
    SourceRead   the feed's validators, the links it named that are new, and how much it named
    HostPaused   until when the host is left alone
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlite_utils import Database

from archive.store.columns import Visit, array, fingerprint_of, iso, iso_or_none, pack_blocks, plain
from archive.store.decisions import Decision, Outcome, Stored, changed_paragraphs, decide
from archive.store.extractor_version import extractor_version
from archive.store.identity import earlier_twin, find_stored, key_of, write_aliases
from archive.store.indexing import index_revision, postpone
from archive.store.links import mark_changed, mark_done, mark_failed, mark_named, mark_paused, mark_unchanged
from archive.store.near_duplicates import Hashes, shingles, shingles_of
from archive.store.page_dictionaries import host_of
from archive.store.raw_pages import PackedPage, insert_page
from archive.store.restores import put_back, read_restores
from archive.store.samples import note_sample
from scraper.types import (
    Article,
    Extraction,
    Failure,
    Fetched,
    HostPaused,
    Known,
    Link,
    Quality,
    SourceRead,
    Unchanged,
)
from scraper.types import Outcome as Crawled

_COLUMNS: Final = (
    "title", "authors", "contributors", "published", "modified", "language", "section", "tags", "description",
    "image", "free", "words", "verdict", "evidence", "revision", "duplicate_of", "last_seen", "fingerprint", "text",
)  # fmt: skip
_INSERT_ARTICLE: Final = (
    f"INSERT INTO articles (url, host, site, source, first_seen, {', '.join(_COLUMNS)}) "
    f"VALUES (:url, :host, :site, :source, :first_seen, {', '.join(':' + column for column in _COLUMNS)})"
)
_UPDATE_ARTICLE: Final = (
    f"UPDATE articles SET {', '.join(f'{column} = :{column}' for column in _COLUMNS if column != 'last_seen')}, "
    "last_seen = max(last_seen, :last_seen) WHERE id = :id"  # a clock may have been set back
)

_INSERT_REVISION: Final = """
INSERT INTO revisions (article_id, number, page_id, run_id, seen_at, title, added, removed, rules_hash, fingerprint, blocks, text, origin, extractor)
VALUES (:article_id, :number, :page_id, :run_id, :seen_at, :title, :added, :removed, :rules_hash, :fingerprint, :blocks, :text, :origin, :extractor)"""
_INSERT_REMOVAL: Final = """
INSERT INTO removals (article_id, revision_id, rule, stage, kind, position, text) VALUES (?, ?, ?, ?, ?, ?, ?)"""
_FOUND_AFTER_ALL: Final = """
UPDATE links SET article_id = ?, state = 'done', attempts = 0, next_try = NULL, error = '', detail = '' WHERE id = ?"""
_COUNT: Final = """
INSERT INTO tallies (run_id, source, outcome, error, number) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET number = number + excluded.number"""


@dataclass(frozen=True, slots=True)
class PreparedOutcome:
    """An outcome with what costs time already done, and when it happened."""

    outcome: Crawled
    at: datetime
    page: PackedPage | None = None
    text: str = ""
    shingles: Hashes | None = None


def pack_each(
    outcomes: Sequence[Crawled], *, at: datetime, pack: Callable[[Fetched], PackedPage]
) -> list[PreparedOutcome]:
    """Do what needs no write, so that the write lock is held briefly."""
    texts = [outcome.extraction.text if isinstance(outcome, Fetched) else "" for outcome in outcomes]
    return [
        PreparedOutcome(outcome, at, pack(outcome) if isinstance(outcome, Fetched) else None, text, hashes)
        for outcome, text, hashes in zip(outcomes, texts, shingles_of(texts), strict=True)
    ]


def write(db: Database, packed: PreparedOutcome, visit: Visit) -> Outcome:
    """Write one outcome, inside the caller's transaction; what became of it."""
    match packed.outcome:
        case Fetched() as fetched:
            assert packed.page is not None
            return _write_fetched(
                PageWrite(db, visit, fetched, packed.page, packed.text, packed.shingles), at=packed.at
            )
        case Unchanged(link=link):
            return _write_unchanged(db, link, visit)
        case Failure() as failure:
            return _write_failure(db, failure, visit, at=packed.at)
        case SourceRead() as read:
            return _write_source(db, read, visit)
        case HostPaused() as paused:
            mark_paused(db, paused, visit)
            return "paused"


def _write_unchanged(db: Database, link: Link, visit: Visit) -> Outcome:
    article_id = mark_unchanged(db, link, visit)
    if article_id is not None:
        _touch(db, article_id, visit)
    _count(visit, link.source, "unchanged")
    return "unchanged"


def _write_failure(db: Database, failure: Failure, visit: Visit, *, at: datetime) -> Outcome:
    _, article_id, state = mark_failed(db, failure, visit, at=at)
    if article_id is not None and state == "gone":
        _record(db, article_id, visit, "gone", failure.detail)
    if article_id is not None and failure.kind == "no-article":
        _record(db, article_id, visit, "worse", failure.detail)
    _count(visit, failure.link.source, "failed", error=failure.kind)
    return "failed"


def _write_source(db: Database, read: SourceRead, visit: Visit) -> Outcome:
    mark_named(db, read.links, visit)
    mark_changed(db, read.changed, visit)
    for url, known in read.validators:
        mark_done(db, Link(url=url, source=read.source), known, visit, kind="source")
    _count(visit, read.source, "found", number=read.found)
    _count(visit, read.source, "wanted", number=read.wanted)
    return "read"


@dataclass(frozen=True, slots=True)
class PageWrite:
    """A page on its way into the archive."""

    db: Database
    visit: Visit
    fetched: Fetched
    page: PackedPage | None  # None: it is in the archive, as `page_id`
    text: str
    shingles: Hashes | None = None  # None: not counted yet
    page_id: int | None = None
    origin: str = "scrape"
    extractor: str = ""  # empty: this one

    @property
    def extraction(self) -> Extraction:
        return self.fetched.extraction

    @property
    def seen(self) -> str:
        """When the text was seen: now, or when the page that is in the archive was fetched."""
        return iso(self.fetched.page.fetched_at) if self.page is None else self.visit.at


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a text is written that no visit brought: what made it, and the page in the archive that it came from."""

    origin: str
    page_id: int | None
    extractor: str = ""


def rewrite(db: Database, fetched: Fetched, visit: Visit, cause: Cause, *, stored: Stored | None) -> int:
    """Write a text that no visit brought; its article's id.

    The text before it stays as a revision. Runs inside the caller's transaction.
    """
    article = fetched.extraction.article
    assert article is not None
    text = article.text
    (link_id,) = db.conn.execute("SELECT link_id FROM pages WHERE id = ?", (cause.page_id,)).fetchone() or (None,)
    added, removed = changed_paragraphs(stored.text if stored else "", text)
    decision = Decision("revised" if stored else "new", added=added, removed=removed)
    arrival = PageWrite(db, visit, fetched, None, text, None, cause.page_id, cause.origin, cause.extractor)
    row = _write_article(arrival, stored)
    article_id = int(row["article_id"])
    _write_history(arrival, stored, decision, row, link_id=link_id)
    if link_id is not None and stored is None:
        db.conn.execute(_FOUND_AFTER_ALL, (article_id, link_id))
        write_aliases(db, fetched, article_id, link_id)
    return article_id


def _write_fetched(arrival: PageWrite, *, at: datetime) -> Outcome:
    db, visit, fetched = arrival.db, arrival.visit, arrival.fetched
    stored = find_stored(db, fetched)
    if stored and (restores := read_restores(db, stored.id)):
        fetched = replace(fetched, extraction=put_back(fetched.extraction, restores))
        arrival = replace(arrival, fetched=fetched, text=fetched.extraction.text, shingles=None)
    decision = decide(stored, fetched.extraction, arrival.text)
    note_sample(db, visit, fetched, stored=stored, outcome=decision.outcome, chars=len(arrival.text))
    if decision.outcome == "failed":
        return _write_textless(arrival, at=at, reason=decision.reason)
    if stored is None or decision.outcome == "revised":
        row = _write_article(arrival, stored)
        article_id = int(row["article_id"])
        link_id = _mark_done(arrival, article_id)
        decision = _write_history(arrival, stored, decision, row, link_id=link_id)
    else:
        article_id = stored.id
        link_id = _mark_done(arrival, article_id)
        _touch(db, article_id, visit)
    if decision.outcome == "worse":
        _keep_page(arrival, link_id=link_id, article_id=article_id, used=False)
        _record(db, article_id, visit, "worse", decision.reason)
    write_aliases(db, fetched, article_id, link_id)
    _count(visit, fetched.link.source, decision.outcome)
    return decision.outcome


def _mark_done(arrival: PageWrite, article_id: int) -> int:
    """Remember that the link was had, and which article it leads to; its row's id."""
    page, link = arrival.fetched.page, arrival.fetched.link
    known = Known(page.header("etag"), page.header("last-modified"), page.fetched_at)
    return mark_done(
        arrival.db,
        link,
        known,
        arrival.visit,
        status=page.status,
        article_id=article_id,
        signals=arrival.fetched.signals,
    )


def _write_textless(arrival: PageWrite, *, at: datetime, reason: str) -> Outcome:
    """A page without an article: a failure, but its body is kept for better rules."""
    db, visit, link = arrival.db, arrival.visit, arrival.fetched.link
    failure = Failure(link, "no-article", reason, status=arrival.fetched.page.status)
    link_id, _, _ = mark_failed(db, failure, visit, at=at)
    _keep_page(arrival, link_id=link_id, article_id=None, used=False)
    _count(visit, link.source, "failed", error="no-article")
    return "failed"


def _keep_page(arrival: PageWrite, *, link_id: int | None, article_id: int | None, used: bool) -> int | None:
    """Store the page, unless it is in the archive; its id. None: a text of which no page was kept."""
    if arrival.page is None or link_id is None:
        arrival.db.conn.execute(
            "UPDATE pages SET used = ?, article_id = ? WHERE id = ?", (int(used), article_id, arrival.page_id)
        )
        return arrival.page_id
    return insert_page(arrival.db, arrival.page, arrival.visit, link_id=link_id, article_id=article_id, used=used)


def _write_article(arrival: PageWrite, stored: Stored | None) -> dict[str, Any]:
    """A new article, or one that has another text now; its columns, and its id as `article_id`."""
    db, fetched = arrival.db, arrival.fetched
    article = fetched.extraction.article
    assert article is not None
    row = _article_columns(article, arrival.text, fetched.extraction.quality, seen=arrival.seen)
    row["revision"] = stored.revision + 1 if stored else 1
    row["duplicate_of"] = earlier_twin(db, row, stored)
    if stored:
        db.conn.execute(_UPDATE_ARTICLE, row | {"id": stored.id})
        row |= {"article_id": stored.id, "host": stored.host}
    else:
        host = host_of(key_of(fetched))
        row |= {"url": plain(key_of(fetched)), "host": host, "site": plain(article.site) or host}
        row["source"] = plain(fetched.link.source)
        row["article_id"] = db.conn.execute(_INSERT_ARTICLE, row | {"first_seen": arrival.seen}).lastrowid
        postpone(db, arrival.visit, row["article_id"])
    return row


def _write_history(
    arrival: PageWrite, stored: Stored | None, decision: Decision, row: dict[str, Any], *, link_id: int | None
) -> Decision:
    """The page, revision and ledger of an article that was written; what the visit turned out as."""
    db, article = arrival.db, arrival.fetched.extraction.article
    assert article is not None
    row["page_id"] = _keep_page(arrival, link_id=link_id, article_id=row["article_id"], used=True)
    revision_id = _write_revision(arrival, article, row, decision)
    texts = (row["title"], row["authors"], row["text"])
    hashes = shingles(row["text"]) if arrival.shingles is None else arrival.shingles
    near = index_revision(
        db, row["article_id"], revision_id, texts=texts, host=row["host"], hashes=hashes, anew=stored is not None
    )
    if not stored and (near or row["duplicate_of"]):
        decision = replace(decision, outcome="duplicate")
    return decision


def _write_revision(arrival: PageWrite, article: Article, row: Mapping[str, Any], decision: Decision) -> int:
    """The text beside those before it, and what was taken out of it; the revision's id."""
    revision = {
        "article_id": row["article_id"],
        "number": row["revision"],
        "page_id": row["page_id"],
        "run_id": arrival.visit.run,
        "seen_at": arrival.visit.at,
        "title": row["title"],
        "added": decision.added,
        "removed": decision.removed,
        "rules_hash": arrival.extraction.rules_hash,
        "origin": arrival.origin,
        "extractor": arrival.extractor or extractor_version(),
        "fingerprint": row["fingerprint"],
        "blocks": pack_blocks(article.blocks, row["text"]),
        "text": row["text"],
    }
    revision_id = arrival.db.conn.execute(_INSERT_REVISION, revision).lastrowid
    assert revision_id is not None
    ledger = [
        (row["article_id"], revision_id, plain(gone.rule_id), gone.stage, gone.kind, gone.position, plain(gone.text))
        for gone in arrival.extraction.removals
    ]
    arrival.db.conn.executemany(_INSERT_REMOVAL, ledger)
    return revision_id


def _article_columns(article: Article, text: str, quality: Quality, *, seen: str) -> dict[str, Any]:
    """Columns that a new revision writes anew."""
    text = plain(text)
    words = text.split()
    return {
        "title": plain(article.title),
        "authors": array(article.authors),
        "contributors": array(article.contributors),
        "published": iso_or_none(article.published),
        "modified": iso_or_none(article.modified),
        "language": plain(article.language),
        "section": plain(article.section),
        "tags": array(article.tags),
        "description": plain(article.description),
        "image": plain(article.image),
        "free": article.free,
        "words": len(words),
        "verdict": quality.verdict,
        "evidence": array(quality.evidence),
        "last_seen": seen,
        "fingerprint": fingerprint_of(words),
        "text": text,
    }


def _touch(db: Database, article_id: int, visit: Visit) -> None:
    db.conn.execute("UPDATE articles SET last_seen = max(last_seen, ?) WHERE id = ?", (visit.at, article_id))


def _record(db: Database, article_id: int, visit: Visit, kind: str, detail: str) -> None:
    row = (visit.run, article_id, visit.at, kind, plain(detail))
    db.conn.execute("INSERT INTO events (run_id, article_id, at, kind, detail) VALUES (?, ?, ?, ?, ?)", row)


def _count(visit: Visit, source: str, outcome: str, *, error: str = "", number: int = 1) -> None:
    visit.counts[plain(source), outcome, error] += number


def write_counts(db: Database, visit: Visit) -> None:
    """Add what was counted to the run's tallies, at the end of the transaction."""
    rows = [(visit.run, *key, number) for key, number in visit.counts.items()]
    db.conn.executemany(_COUNT, rows)
