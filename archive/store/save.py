"""Writing the outcomes of a crawl, inside a transaction that the caller opened.

::

    Fetched      the link is done; its article is new, revised, the same, a duplicate or worse (see `decisions`)
    Unchanged    `last_seen` moves
    Failure      the link failed or is gone, with a time for the next try
    SourceRead   the feed's validators, the links it named that are new, and how many it named
    HostPaused   the time until which the host is paused

`write_all` gives the new articles of a batch to `new_articles`; `write` decides on everything else, and writes the rows of
`article_rows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlite_utils import Database

from archive.store.article_rows import (
    NewText,
    TextCause,
    article_origin,
    article_row,
    insert_article,
    insert_revision,
    revision_row,
    update_article,
)
from archive.store.chrome import chrome_rows, insert_chrome, with_unpacked_chrome
from archive.store.columns import Visit, iso, plain, plain_text
from archive.store.decisions import Decision, Outcome, Stored, changed_paragraphs, decide
from archive.store.identity import earlier_twin, find_stored, key_of, write_aliases
from archive.store.indexing import index_revision, postpone
from archive.store.links import (
    done_values,
    leave_to_target,
    mark_answered,
    mark_changed,
    mark_done,
    mark_failed,
    mark_named,
    mark_paused,
    mark_unchanged,
)
from archive.store.near_duplicates import shingles
from archive.store.near_index import near_text
from archive.store.new_articles import NewArticles
from archive.store.page_dictionaries import host_of
from archive.store.prepared_pages import Prepared, PreparedPage
from archive.store.raw_pages import insert_page, mark_page_used
from archive.store.restores import Restore, read_restores, restore_blocks
from archive.store.samples import insert_samples, sample_row
from scraper.chrome import with_packed_chrome
from scraper.types import Failure, Fetched, HostPaused, Known, Link, SourceRead, Unchanged
from scraper.types import Outcome as Crawled

_LINK_OF_PAGE: Final = "SELECT link_id FROM pages WHERE id = ?"
_LINK_FOUND: Final = """
UPDATE links SET article_id = ?, state = 'done', attempts = 0, next_try = NULL, error = '', detail = '', failing_since = NULL WHERE id = ?"""
_SEEN: Final = "UPDATE articles SET last_seen = max(last_seen, ?) WHERE id = ?"
_EVENT: Final = "INSERT INTO events (run_id, article_id, at, kind, detail) VALUES (?, ?, ?, ?, ?)"
_COUNT: Final = """
INSERT INTO tallies (run_id, source, outcome, error, number) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET number = number + excluded.number"""

Tally = tuple[str, str, str]
"""Source, outcome and kind of failure: the key of a row in `tallies`."""


def write_all(db: Database, prepared: Sequence[Prepared], visit: Visit) -> list[Outcome]:
    """Write outcomes in their order, inside the caller's transaction; the decisions on them."""
    if visit.near is None:
        return [write(db, item, visit) for item in prepared]
    pages = [item for item in prepared if isinstance(item, PreparedPage)]
    new = NewArticles(db, visit, visit.near, pages)
    written: list[Outcome] = []
    for item in prepared:
        outcome = new.add(item) if isinstance(item, PreparedPage) else None
        if outcome is None:
            new.flush()
            outcome = write(db, item, visit)
            new.forget(item.fetched if isinstance(item, PreparedPage) else item)
        written.append(outcome)
    new.flush()
    return written


def write(db: Database, prepared: Prepared, visit: Visit) -> Outcome:
    """Write one outcome, inside the caller's transaction; the decision on it."""
    match prepared:
        case PreparedPage():
            return _write_page(db, prepared, visit)
        case Unchanged(link=link, moved_to=target):
            article_id = mark_unchanged(db, link, visit)
            if target:
                leave_to_target(db, link, target)
            if article_id is not None:
                _mark_seen(db, article_id, visit)
            return "unchanged"
        case Failure() as failure:
            return _write_failure(db, failure, visit)
        case SourceRead() as read:
            return _write_source(db, read, visit)
        case HostPaused() as paused:
            mark_paused(db, paused, visit)
            return "paused"


def write_tallies(db: Database, run: int, written: Iterable[tuple[Crawled, Outcome]]) -> None:
    """Add outcomes and the decisions on them to the run's row in `tallies`."""
    total: Counter[Tally] = Counter()
    for crawled, outcome in written:
        total.update(tallies(crawled, outcome))
    db.conn.executemany(_COUNT, [(run, *key, number) for key, number in total.items()])


def tallies(crawled: Crawled, outcome: Outcome) -> dict[Tally, int]:
    """The counts that one outcome adds to its source.

    >>> tallies(Failure(Link("https://a.example/", "a"), "dns", ""), "failed")
    {('a', 'failed', 'dns'): 1}
    """
    match crawled:
        case HostPaused():
            return {}
        case SourceRead(source=source, found=found, wanted=wanted):
            return {(plain(source), "found", ""): found, (plain(source), "wanted", ""): wanted}
        case Failure(link=link, kind=kind):
            return {(plain(link.source), outcome, kind): 1}
        case Fetched(link=link) | Unchanged(link=link):
            return {(plain(link.source), outcome, "no-article" if outcome == "failed" else ""): 1}


def _write_failure(db: Database, failure: Failure, visit: Visit) -> Outcome:
    _, article_id, state = mark_failed(db, failure, visit)
    if article_id is not None and state == "gone":
        _record(db, article_id, visit, "gone", failure.detail)
    if article_id is not None and failure.kind == "no-article":
        _record(db, article_id, visit, "worse", failure.detail)
    return "failed"


def _write_source(db: Database, read: SourceRead, visit: Visit) -> Outcome:
    mark_named(db, read.links, visit)
    mark_changed(db, read.changed, visit)
    for url, known in read.validators:
        mark_done(db, done_values(Link(url=url, source=read.source), known, visit, kind="source"))
    mark_answered(db, read.answered, visit)
    return "read"


def _write_page(db: Database, prepared: PreparedPage, visit: Visit) -> Outcome:
    stored = find_stored(db, prepared.fetched)
    if stored and (restores := read_restores(db, stored.id)):
        prepared = with_restored_blocks(prepared, restores)
    fetched, text = prepared.fetched, prepared.text
    decision = decide(stored, fetched.extraction, text)
    insert_samples(db, [sample_row(visit, fetched, stored=stored, outcome=decision.outcome, chars=len(text.text))])
    if decision.outcome == "failed":
        return _write_textless(db, prepared, visit, reason=decision.reason)
    if stored is None or decision.outcome == "revised":
        return write_new_text(db, prepared, visit, stored, decision, mark_link=_mark_fetched)
    link_id = _mark_fetched(db, fetched, visit, stored.id)
    _mark_seen(db, stored.id, visit)
    if decision.outcome == "worse":
        insert_page(db, prepared.page, visit, link_id=link_id, article_id=stored.id, used=False)
        _record(db, stored.id, visit, "worse", decision.reason)
    write_aliases(db, [(fetched, stored.id, link_id)])
    return decision.outcome


def with_restored_blocks(prepared: PreparedPage, restores: Sequence[Restore]) -> PreparedPage:
    """The page with the blocks in its text that a reader restored."""
    extraction = with_packed_chrome(restore_blocks(with_unpacked_chrome(prepared.fetched.extraction), restores))
    text = extraction.text
    fetched = replace(prepared.fetched, extraction=extraction)
    return PreparedPage(fetched, prepared.page, plain_text(text), near_text(shingles(text), host=prepared.near.host))


def _write_textless(db: Database, prepared: PreparedPage, visit: Visit, *, reason: str) -> Outcome:
    """Record a page without an article as a failure. Better rules may read its body later, so the body is kept."""
    fetched = prepared.fetched
    failure = Failure(fetched.link, "no-article", reason, status=fetched.page.status)
    link_id, _, _ = mark_failed(db, failure, visit)
    insert_page(db, prepared.page, visit, link_id=link_id, article_id=None, used=False)
    return "failed"


MarkLink = Callable[[Database, Fetched, Visit, int], int]
"""Records which article a link leads to; the id of the link's row."""


def write_new_text(
    db: Database,
    prepared: PreparedPage,
    visit: Visit,
    stored: Stored | None,
    decision: Decision,
    *,
    mark_link: MarkLink,
) -> Outcome:
    """Write the text of a visit: a new article, or a new revision of the stored one."""
    fetched = prepared.fetched
    new = NewText(fetched, prepared.text, prepared.near, stored, decision, visit.at)
    article_id, twin = _write_article(db, new, visit)
    link_id = mark_link(db, fetched, visit, article_id)
    page_id = insert_page(db, prepared.page, visit, link_id=link_id, article_id=article_id, used=True)
    near = _write_revision(db, new, visit, article_id, TextCause("scrape", page_id))
    write_aliases(db, [(fetched, article_id, link_id)])
    return "duplicate" if stored is None and (twin or near) else decision.outcome


def rewrite(db: Database, fetched: Fetched, visit: Visit, cause: TextCause, *, stored: Stored | None) -> int:
    """Write a text that comes from no visit, inside the caller's transaction; its article's id.

    The earlier text is kept as a revision.
    """
    text = fetched.extraction.text
    added, removed = changed_paragraphs(stored.text if stored else "", text)
    decision = Decision("revised" if stored else "new", added=added, removed=removed)
    near = near_text(shingles(text), host=host_of(key_of(fetched)))
    new = NewText(fetched, plain_text(text), near, stored, decision, iso(fetched.page.fetched_at))
    article_id, _ = _write_article(db, new, visit)
    mark_page_used(db, cause.page_id, article_id)
    _write_revision(db, new, visit, article_id, cause)
    (link_id,) = db.conn.execute(_LINK_OF_PAGE, (cause.page_id,)).fetchone() or (None,)
    if link_id is not None and stored is None:
        db.conn.execute(_LINK_FOUND, (article_id, link_id))
        write_aliases(db, [(fetched, article_id, link_id)])
    return article_id


def _write_article(db: Database, new: NewText, visit: Visit) -> tuple[int, int | None]:
    """The id of the article, inserted or updated, and that of an earlier article with the same text."""
    stored, extraction = new.stored, new.fetched.extraction
    twin = earlier_twin(db, new.text, stored)
    revision = stored.revision + 1 if stored else 1
    row = article_row(extraction, new.text, revision=revision, duplicate_of=twin, seen=new.seen)
    if stored:
        update_article(db, stored.id, row)
        return stored.id, twin
    article_id = insert_article(db, article_origin(new.fetched, seen=new.seen), row)
    if visit.near:
        postpone(db, (article_id,))
    return article_id, twin


def _write_revision(db: Database, new: NewText, visit: Visit, article_id: int, cause: TextCause) -> bool:
    """Write the text as a revision, and index it. Whether another article tells the same story."""
    stored, article = new.stored, new.fetched.extraction.article
    assert article is not None
    revision_id = write_unindexed(db, new, visit, article_id, cause)
    near = new.near._replace(host=stored.host) if stored else new.near
    texts = (plain(article.title), *article.authors, new.text.text)
    return index_revision(
        db,
        article_id,
        revision_id,
        texts=texts,
        near_text=near,
        fingerprint=new.text.fingerprint,
        replaces_text=stored is not None,
        near=visit.near,
    )


def write_unindexed(db: Database, new: NewText, visit: Visit, article_id: int, cause: TextCause) -> int:
    """Write the text as the revision after the stored one, with its ledger and chrome; the revision's id."""
    extraction = new.fetched.extraction
    revision_id = insert_revision(db, revision_row(new, visit, article_id, cause), extraction.removals)
    insert_chrome(db, chrome_rows(revision_id, extraction))
    return revision_id


def _mark_fetched(db: Database, fetched: Fetched, visit: Visit, article_id: int) -> int:
    """Record that the link was fetched and which article it leads to; the id of the link's row."""
    page = fetched.page
    known = Known(page.header("etag"), page.header("last-modified"), page.fetched_at)
    values = done_values(fetched.link, known, visit, status=page.status, article_id=article_id, signals=fetched.signals)
    link_id = mark_done(db, values)
    if page.moved:
        leave_to_target(db, fetched.link, page.final_url)
    return link_id


def _mark_seen(db: Database, article_id: int, visit: Visit) -> None:
    db.conn.execute(_SEEN, (visit.at, article_id))


def _record(db: Database, article_id: int, visit: Visit, kind: str, detail: str) -> None:
    db.conn.execute(_EVENT, (visit.run, article_id, visit.at, kind, plain(detail)))
