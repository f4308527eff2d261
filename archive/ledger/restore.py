"""The ledger of an article as a numbered list, and restoring its blocks to the text, or undoing that.

A change makes a new revision from the newest one. No rule is applied; the stored page is read only for the block's shape.
The restored removal becomes a row of `restores`, which `save` and `reextract` apply. A restored block keeps its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from archive.store.archive import Archive
from archive.store.chrome import read_chrome
from archive.store.columns import Visit, fingerprint, iso, plain
from archive.store.connection import archive_errors, transaction
from archive.store.identity import stored_by_id
from archive.store.raw_pages import read_body, read_page, read_parts
from archive.store.restores import NO_SHAPES, Restore, Shapes, pack_shape, read_restores, with_blocks, without_block
from scraper.errors import ArchiveError, InputError
from scraper.types import BODY_KINDS, Extraction, Fetched, Link, Page, Quality, Removal, Verdict

_MADE_BY: Final = """
SELECT revisions.page_id, revisions.rules_hash, revisions.extractor, coalesce(pages.fetched_at, revisions.seen_at)
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
LEFT JOIN pages ON pages.id = revisions.page_id
WHERE articles.id = ?"""
_RESTORE: Final = """
INSERT INTO restores (article_id, fingerprint, rule, stage, kind, position, text, at, shape, outside)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_PAGE_ID: Final = """
SELECT pages.id
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
JOIN pages ON pages.id = revisions.page_id
WHERE articles.id = ? AND length(pages.body) > 0"""
_UNDO: Final = "UPDATE restores SET undone_at = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """One removed block of an article. `restore` is set if the block was restored and is in the text.

    `outside`: the block is chrome, or was before it was restored.
    """

    number: int
    removal: Removal
    restore: Restore | None = None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """The removals from an article's newest text, in page order, with the versions of extractor and rules.

    `outside` is the chrome, numbered after the removals.
    """

    entries: tuple[Entry, ...]
    extractor: str
    rules_hash: str
    outside: tuple[Entry, ...] = ()


def read_ledger(archive: Archive, article_id: int) -> Ledger:
    """The ledger of an article's newest text, with the restored blocks in their places."""
    with archive_errors(archive.path):
        restores = read_restores(archive.db, article_id)
        _, rules_hash, extractor, _ = archive.db.conn.execute(_MADE_BY, (article_id,)).fetchone()
        chrome = read_chrome(archive.db, article_id, path=str(archive.path))
    within = numbered(archive.removals(article_id), [own for own in restores if not own.outside], after=0)
    outside = numbered(chrome, [own for own in restores if own.outside], after=len(within))
    return Ledger(within, extractor, rules_hash, tuple(replace(entry, outside=True) for entry in outside))


def numbered(removals: Sequence[Removal], restores: Sequence[Restore], *, after: int) -> tuple[Entry, ...]:
    """The entries of removed and of restored blocks, in page order; the first number follows `after`."""
    pairs: list[tuple[Removal, Restore | None]] = [(removal, None) for removal in removals]
    pairs += [(restore.removal, restore) for restore in restores]
    pairs.sort(key=lambda pair: (pair[0].position, pair[0].rule_id, pair[0].text))
    return tuple(Entry(number, *pair) for number, pair in enumerate(pairs, start=after + 1))


def change_ledger(
    archive: Archive, article_id: int, numbers: Sequence[int], *, run: int, at: datetime, undo: bool
) -> tuple[Entry, ...]:
    """Restore blocks to the text, or with `undo` remove them again; the changed entries. One transaction.

    Raises `InputError` for an unknown number, or for a block that is restored (or removed) already.
    """
    with archive_errors(archive.path), transaction(archive.db):
        ledger = read_ledger(archive, article_id)
        chosen = choose(article_id, (*ledger.entries, *ledger.outside), numbers, undo=undo)
        shapes = NO_SHAPES if undo else read_shapes(archive, article_id)
        for entry in chosen:
            write_restore(archive, article_id, entry, shapes, at=iso(at))
        write_text(archive, article_id, chosen, shapes, Visit(run, iso(at)))
    return chosen


def read_shapes(archive: Archive, article_id: int) -> Shapes:
    """The blocks of the page that an article's newest text came from; empty if the page was pruned or is damaged."""
    row = archive.db.conn.execute(_PAGE_ID, (article_id,)).fetchone()
    if row is None:
        return NO_SHAPES
    from scraper.extraction.article import page_blocks  # loads all of extraction

    (page_id,), path = row, str(archive.path)
    try:
        page = read_page(archive.db, page_id, path=path)
        body = read_body(archive.db, page_id, path=path)
        parts = read_parts(archive.db, page_id, body, path=path)
    except ArchiveError:
        return NO_SHAPES
    pages = (replace(page, body=body), *parts) if page else parts
    return {fingerprint(block.text): block for page in pages for block in page_blocks(page) if block.kind in BODY_KINDS}


def choose(article_id: int, entries: Sequence[Entry], numbers: Sequence[int], *, undo: bool) -> tuple[Entry, ...]:
    """The entries of an article with these numbers. Raises `InputError`."""
    remedy = f"see `cuttings show {article_id} --removed` or `--chrome`"
    by_number = {entry.number: entry for entry in entries}
    for number in numbers:
        if number not in by_number:
            raise InputError(
                f"article {article_id}: there is no block {number} among the {len(entries):,} removed blocks; {remedy}"
            )
        if undo != bool(by_number[number].restore):
            fault = "was not restored" if undo else "was restored already"
            raise InputError(f"article {article_id}: block {number} {fault}; {remedy}")
    return tuple(by_number[number] for number in dict.fromkeys(numbers))


def write_restore(archive: Archive, article_id: int, entry: Entry, shapes: Shapes, *, at: str) -> None:
    """Record the restore, or its end, as a row of `restores`."""
    if entry.restore:
        archive.db.conn.execute(_UNDO, (at, entry.restore.id))
        return
    removal = entry.removal
    key = fingerprint(removal.text)
    row = (
        article_id,
        key,
        plain(removal.rule_id),
        removal.stage,
        removal.kind,
        removal.position,
        plain(removal.text),
        at,
        pack_shape(shapes.get(key)),
        int(entry.outside),
    )
    archive.db.conn.execute(_RESTORE, row)


def write_text(archive: Archive, article_id: int, chosen: Sequence[Entry], shapes: Shapes, visit: Visit) -> None:
    """Write the newest text with these entries restored or removed, as a revision. An unchanged text is not written."""
    from archive.store.article_rows import TextCause
    from archive.store.save import rewrite

    stored = archive.article(str(article_id))
    page_id, rules_hash, extractor, fetched_at = archive.db.conn.execute(_MADE_BY, (article_id,)).fetchone()
    article, removals = stored.article, list(archive.removals(article_id))
    chrome = list(read_chrome(archive.db, article_id, path=str(archive.path)))
    for entry in chosen:
        own = chrome if entry.outside else removals
        if entry.restore is None:
            own.remove(entry.removal)
            article = with_blocks(article, (entry.removal,), shapes)
        else:
            article, removal = without_block(article, entry.removal)
            own += [removal] if removal else []
    if article == stored.article:
        return
    if not article.body:
        raise InputError(f"article {article_id}: without this block the text would be empty; keep another block first")
    url = stored.article.url
    extraction = Extraction(
        article, tuple(removals), tuple(chrome), rules_hash, Quality(cast("Verdict", stored.verdict), stored.evidence)
    )
    page = Page(url, url, 200, (), b"", datetime.fromisoformat(fetched_at))
    fetched = Fetched(Link(url, stored.source), page, extraction)
    cause = TextCause("restore", page_id, extractor)
    rewrite(archive.db, fetched, visit, cause, stored=stored_by_id(archive.db, article_id))
