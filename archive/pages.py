"""Raw pages: what the server sent, compressed, with a hash of it, so that better rules can read it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import zstandard
from sqlite_utils import Database

from archive.rows import Visit, array, iso, plain
from scraper.errors import ArchiveError
from scraper.types import Page

_LEVEL: Final = 3
"""Half a millisecond for a page of 100 KB; level 9 saves a tenth more for eight times the time."""

_INSERT: Final = """
INSERT INTO pages (link_id, article_id, run_id, url, status, headers, fetched_at, used, bytes, sha256, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page's columns that cost time to make: made before the write lock is taken."""

    page: Page
    sha256: str
    body: bytes


def pack_page(page: Page) -> PackedPage:
    """The page with its body compressed and hashed."""
    body = zstandard.ZstdCompressor(level=_LEVEL).compress(page.body)
    return PackedPage(page=page, sha256=hashlib.sha256(page.body).hexdigest(), body=body)


def insert_page(
    db: Database, packed: PackedPage, visit: Visit, *, link_id: int, article_id: int | None, used: bool
) -> int:
    """Store a page; its id. Of pages that gave nothing better than what was there, the newest of a link is kept."""
    if not used:
        db.conn.execute("DELETE FROM pages WHERE link_id = ? AND used = 0", (link_id,))
    page = packed.page
    row = (
        link_id,
        article_id,
        visit.run,
        plain(page.final_url),
        page.status,
        array(page.headers),
        iso(page.fetched_at),
        int(used),
        len(page.body),
        packed.sha256,
        packed.body,
    )
    return int(db.conn.execute(_INSERT, row).fetchone()[0])


def read_body(db: Database, page_id: int, *, path: str) -> bytes:
    """The page's body as it was received. Raises ArchiveError when it is not what was stored."""
    size, sha256, packed = db.conn.execute("SELECT bytes, sha256, body FROM pages WHERE id = ?", (page_id,)).fetchone()
    try:
        body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=max(1, size))
    except zstandard.ZstdError as exc:
        raise ArchiveError(path, f"page {page_id} is damaged ({exc})") from exc
    if hashlib.sha256(body).hexdigest() != sha256:
        raise ArchiveError(path, f"page {page_id} is damaged (its hash does not match)")
    return body
