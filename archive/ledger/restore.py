"""An article's ledger as a numbered list, and putting a block of it back into the text, or out again.

Each is a revision of its own, made from the newest one: no rule is asked, and the stored page only for what a block was. The removal becomes a row of
`restores`, which `save` and `reextract` obey; the number of a block stays when it is put back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from archive.store.archive import Archive
from archive.store.columns import Visit, fingerprint, iso, plain
from archive.store.connection import archive_errors, transaction
from archive.store.identity import stored_by_id
from archive.store.raw_pages import read_body, read_page, read_parts
from archive.store.restores import PLAIN, Restore, Shapes, pack_shape, read_restores, with_blocks, without_block
from archive.store.save import TextCause, rewrite
from scraper.errors import ArchiveError, InputError
from scraper.extraction.article import page_blocks
from scraper.types import BODY_KINDS, Extraction, Fetched, Link, Page, Quality, Removal, Verdict

_MADE_BY: Final = """
SELECT revisions.page_id, revisions.rules_hash, revisions.extractor, coalesce(pages.fetched_at, revisions.seen_at)
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
LEFT JOIN pages ON pages.id = revisions.page_id
WHERE articles.id = ?"""
_RESTORE: Final = """
INSERT INTO restores (article_id, fingerprint, rule, stage, kind, position, text, at, shape) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_PAGE_ID: Final = """
SELECT pages.id
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
JOIN pages ON pages.id = revisions.page_id
WHERE articles.id = ? AND length(pages.body) > 0"""
_UNDO: Final = "UPDATE restores SET undone_at = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """One block of an article's ledger. `restore` is set when it was put back: then it stands in the text."""

    number: int
    removal: Removal
    restore: Restore | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was taken out of an article's newest text, in page order, and by which extraction."""

    entries: tuple[Entry, ...]
    extractor: str
    rules_hash: str


def read_ledger(archive: Archive, article_id: int) -> Ledger:
    """The ledger of an article's newest text, what was put back among it."""
    with archive_errors(archive.path):
        restores = read_restores(archive.db, article_id)
        _, rules_hash, extractor, _ = archive.db.conn.execute(_MADE_BY, (article_id,)).fetchone()
    pairs: list[tuple[Removal, Restore | None]] = [(removal, None) for removal in archive.removals(article_id)]
    pairs += [(restore.removal, restore) for restore in restores]
    pairs.sort(key=lambda pair: (pair[0].position, pair[0].rule_id, pair[0].text))
    entries = tuple(Entry(number, *pair) for number, pair in enumerate(pairs, start=1))
    return Ledger(entries, extractor, rules_hash)


def change_ledger(
    archive: Archive, article_id: int, numbers: Sequence[int], *, run: int, at: datetime, undo: bool
) -> tuple[Entry, ...]:
    """Puts blocks back into the text, or with `undo` takes them out again; which they were. One transaction.

    Raises `InputError` for a number that is not there, or a block that is already where it is wanted.
    """
    with archive_errors(archive.path), transaction(archive.db):
        chosen = choose(read_ledger(archive, article_id).entries, numbers, undo=undo)
        shapes = PLAIN if undo else read_shapes(archive, article_id)
        for entry in chosen:
            note(archive, article_id, entry, shapes, at=iso(at))
        write_text(archive, article_id, chosen, shapes, Visit(run, iso(at)))
    return chosen


def read_shapes(archive: Archive, article_id: int) -> Shapes:
    """The blocks of the page that an article's newest text came from; none when the page is pruned or damaged."""
    row = archive.db.conn.execute(_PAGE_ID, (article_id,)).fetchone()
    if row is None:
        return PLAIN
    (page_id,), path = row, str(archive.path)
    try:
        page = read_page(archive.db, page_id, path=path)
        body = read_body(archive.db, page_id, path=path)
        parts = read_parts(archive.db, page_id, body, path=path)
    except ArchiveError:
        return PLAIN
    pages = (replace(page, body=body), *parts) if page else parts
    return {fingerprint(block.text): block for page in pages for block in page_blocks(page) if block.kind in BODY_KINDS}


def choose(entries: Sequence[Entry], numbers: Sequence[int], *, undo: bool) -> tuple[Entry, ...]:
    """The entries with these numbers. Raises `InputError`."""
    by_number = {entry.number: entry for entry in entries}
    for number in numbers:
        if number not in by_number:
            raise InputError(f"there is no block {number}: {len(entries)} are listed by --removed")
        if undo != bool(by_number[number].restore):
            raise InputError(f"block {number} was not put back" if undo else f"block {number} is in the text already")
    return tuple(by_number[number] for number in dict.fromkeys(numbers))


def note(archive: Archive, article_id: int, entry: Entry, shapes: Shapes, *, at: str) -> None:
    """Remembers what is wanted from now on."""
    if entry.restore:
        archive.db.conn.execute(_UNDO, (at, entry.restore.id))
        return
    gone = entry.removal
    key = fingerprint(gone.text)
    row = (
        article_id,
        key,
        plain(gone.rule_id),
        gone.stage,
        gone.kind,
        gone.position,
        plain(gone.text),
        at,
        pack_shape(shapes.get(key)),
    )
    archive.db.conn.execute(_RESTORE, row)


def write_text(archive: Archive, article_id: int, chosen: Sequence[Entry], shapes: Shapes, visit: Visit) -> None:
    """The newest text with these entries changed over, as a revision; none when the text stays as it is."""
    stored = archive.article(str(article_id))
    page_id, rules_hash, extractor, fetched_at = archive.db.conn.execute(_MADE_BY, (article_id,)).fetchone()
    article, removals = stored.article, list(archive.removals(article_id))
    for entry in chosen:
        if entry.restore is None:
            removals.remove(entry.removal)
            article = with_blocks(article, (entry.removal,), shapes)
        else:
            article, removal = without_block(article, entry.removal)
            removals += [removal] if removal else []
    if article == stored.article:
        return
    if not article.body:
        raise InputError("without this block nothing would be left of the text")
    url = stored.article.url
    extraction = Extraction(
        article, tuple(removals), (), rules_hash, Quality(cast("Verdict", stored.verdict), stored.evidence)
    )
    page = Page(url, url, 200, (), b"", datetime.fromisoformat(fetched_at))
    fetched = Fetched(Link(url, stored.source), page, extraction)
    cause = TextCause("restore", page_id, extractor)
    rewrite(archive.db, fetched, visit, cause, stored=stored_by_id(archive.db, article_id))
