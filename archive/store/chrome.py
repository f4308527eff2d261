"""The chrome of each revision: read and written as one packed value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlite_utils import Database

from archive.store.records import read_removal
from scraper.chrome import pack_chrome, read_chrome_rows
from scraper.errors import ArchiveError
from scraper.types import Extraction, Removal

_INSERT: Final = "INSERT INTO chrome (revision_id, packed) VALUES (?, ?)"
_READ: Final = """
SELECT chrome.packed, chrome.revision_id FROM articles
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
JOIN chrome ON chrome.revision_id = revisions.id
WHERE articles.id = ?"""


def unpack_chrome(packed: bytes) -> tuple[Removal, ...]:
    """The chrome that `pack_chrome` packed, in page order. Raises `ValueError` if the bytes are damaged."""
    return tuple(read_removal(row._asdict() | {"rule": row.rule_id}) for row in read_chrome_rows(packed))


def with_unpacked_chrome(extraction: Extraction) -> Extraction:
    """The extraction with its chrome as values."""
    if not extraction.packed_chrome:
        return extraction
    return replace(extraction, chrome=unpack_chrome(extraction.packed_chrome), packed_chrome=b"")


def chrome_rows(revision_id: int, extraction: Extraction) -> list[tuple[int, bytes]]:
    """The chrome of a revision as a row; none if it has none."""
    packed = extraction.packed_chrome or pack_chrome(extraction.chrome)
    return [(revision_id, packed)] if packed else []


def insert_chrome(db: Database, rows: Sequence[tuple[int, bytes]]) -> None:
    """Write the chrome of revisions."""
    db.conn.executemany(_INSERT, rows)


def read_chrome(db: Database, article_id: int, *, path: str) -> tuple[Removal, ...]:
    """The chrome of an article's newest text, in page order; empty if an earlier version wrote it. Raises ArchiveError."""
    row = db.conn.execute(_READ, (article_id,)).fetchone()
    if row is None:
        return ()
    packed, revision_id = row
    try:
        return unpack_chrome(packed)
    except ValueError as exc:
        raise ArchiveError(path, f"the chrome of revision {revision_id} is damaged: {exc}") from exc
