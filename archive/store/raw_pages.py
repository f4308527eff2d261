"""Raw pages: responses of servers, compressed and hashed, so that better rules can extract them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import zstandard
from sqlite_utils import Database

from archive.store.columns import Visit, array, iso, plain
from archive.store.page_dictionaries import Dictionary, checked, pack_body, pack_once, store_dictionary, unpack_body
from scraper.errors import ArchiveError, InputError
from scraper.types import Page

_INSERT: Final = """
INSERT INTO pages (id, link_id, article_id, run_id, url, status, headers, fetched_at, cut_short, from_feed,
  used, bytes, sha256, body, dictionary_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_INSERT_PART: Final = """
INSERT INTO page_parts (page_id, number, url, status, headers, fetched_at, cut_short, from_feed, bytes, sha256, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_READ_PAGE: Final = """
SELECT links.url, pages.url, pages.status, pages.headers, pages.fetched_at, pages.cut_short, pages.from_feed
FROM pages JOIN links ON links.id = pages.link_id WHERE pages.id = ?"""
_READ_PARTS: Final = """
SELECT number, bytes, sha256, body, url, url, status, headers, fetched_at, cut_short, from_feed
FROM page_parts WHERE page_id = ? ORDER BY number"""

_READ: Final = """
SELECT pages.bytes, pages.sha256, pages.body, dictionaries.id, dictionaries.bytes, dictionaries.sha256, dictionaries.body
FROM pages LEFT JOIN dictionaries ON dictionaries.id = pages.dictionary_id WHERE pages.id = ?"""


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page with its compressed body, made before the write lock is taken. `parts` are further pages of its article."""

    page: Page
    sha256: str
    body: bytes
    dictionary: Dictionary | None = None
    parts: tuple[PackedPage, ...] = ()


def pack_page(
    page: Page,
    dictionary: Dictionary | None = None,
    parts: Sequence[Page] = (),
    pack: Callable[[bytes, Dictionary | None], bytes] = pack_once,
) -> PackedPage:
    """The page with its body hashed, and compressed against a reference page if there is one.

    Further pages of its article are compressed against the page itself, which is most like them.
    """
    further = tuple(
        PackedPage(part, hashlib.sha256(part.body).hexdigest(), pack_body(part.body, page.body)) for part in parts
    )
    return PackedPage(page, hashlib.sha256(page.body).hexdigest(), pack(page.body, dictionary), dictionary, further)


PageRow = tuple[int | str | bytes | None, ...]
PartRow = tuple[int | str | bytes, ...]


def insert_page(
    db: Database, packed: PackedPage, visit: Visit, *, link_id: int, article_id: int | None, used: bool
) -> int:
    """Store a page; its id. Of pages that no text was taken from, only the newest of each link is kept."""
    if not used:
        db.conn.execute("DELETE FROM pages WHERE link_id = ? AND used = 0", (link_id,))
    packed, dictionary_id = with_reference(db, packed, visit)
    row = page_row(packed, visit, dictionary_id, link_id=link_id, article_id=article_id, used=used)
    page_id = int(db.conn.execute(_INSERT, row).lastrowid or 0)
    db.conn.executemany(_INSERT_PART, part_rows(packed, page_id))
    return page_id


def insert_pages(db: Database, rows: Sequence[PageRow], parts: Sequence[PartRow]) -> None:
    """Store pages with their further pages."""
    db.conn.executemany(_INSERT, rows)
    db.conn.executemany(_INSERT_PART, parts)


def with_reference(db: Database, packed: PackedPage, visit: Visit) -> tuple[PackedPage, int | None]:
    """The page, and the id of its stored reference; packed without one if another reference was stored meanwhile."""
    if packed.dictionary is None:
        return packed, None
    dictionary_id = store_dictionary(db, packed.dictionary, visit)
    return (replace(pack_page(packed.page), parts=packed.parts) if dictionary_id is None else packed), dictionary_id


def page_row(
    packed: PackedPage,
    visit: Visit,
    dictionary_id: int | None,
    *,
    link_id: int,
    article_id: int | None,
    used: bool,
    page_id: int | None = None,
) -> PageRow:
    """The row of a page; without `page_id`, SQLite gives it one."""
    page = packed.page
    packing = (int(used), len(page.body), packed.sha256, packed.body, dictionary_id)
    return (page_id, link_id, article_id, visit.run, *_sent(page), *packing)


def part_rows(packed: PackedPage, page_id: int) -> list[PartRow]:
    """The rows of a page's further pages."""
    return [
        (page_id, number, *_sent(part.page), len(part.page.body), part.sha256, part.body)
        for number, part in enumerate(packed.parts, 2)
    ]


def _sent(page: Page) -> tuple[str | int, ...]:
    """The columns that `pages` and `page_parts` share: URL, status, headers, time and the two facts."""
    facts = (int(page.cut_short), int(page.from_feed))
    return (plain(page.final_url), page.status, array(page.headers), iso(page.fetched_at), *facts)


def mark_page_used(db: Database, page_id: int | None, article_id: int) -> None:
    """Note that a stored page gives the text of an article."""
    db.conn.execute("UPDATE pages SET used = 1, article_id = ? WHERE id = ?", (article_id, page_id))


def read_page(db: Database, page_id: int, *, path: str) -> Page | None:
    """A stored page without its body; None if the archive does not have the page. Raises ArchiveError."""
    row = db.conn.execute(_READ_PAGE, (page_id,)).fetchone()
    return None if row is None else _page(*row, path=path, name=f"page {page_id}")


def _page(
    url: str,
    final_url: str,
    status: int,
    headers: str,
    fetched_at: str,
    cut_short: int,
    from_feed: int,
    *,
    path: str,
    name: str,
    body: bytes = b"",
) -> Page:
    """A page from its columns. Raises ArchiveError with the page's name if the columns are damaged."""
    try:
        sent = tuple((str(key), str(value)) for key, value in json.loads(headers))
        at = datetime.fromisoformat(fetched_at)
    except (ValueError, TypeError) as exc:
        raise ArchiveError(path, f"{name} is damaged ({exc})") from exc
    return Page(url, final_url, status, sent, body, at, bool(cut_short), bool(from_feed))


def read_body(db: Database, page_id: int, *, path: str) -> bytes:
    """The page's body as it was received. Raises InputError for a pruned page.

    Raises ArchiveError, with the names of page and reference, if the body is not the one that was stored.
    """
    name = f"page {page_id}"
    found = db.conn.execute(_READ, (page_id,)).fetchone()
    if found is None:
        raise ArchiveError(path, f"there is no {name}")
    size, sha256, packed, dictionary_id, *reference = found
    if not packed:
        raise InputError(f"{name} was pruned: its body is no longer stored")
    try:
        dictionary = None
        if dictionary_id is not None:
            name = f"page {page_id}'s dictionary {dictionary_id}"
            dictionary = checked(unpack_body(reference[2], None, size=reference[0]), reference[1], path=path, name=name)
        name = f"page {page_id}"
        return checked(unpack_body(packed, dictionary, size=size), sha256, path=path, name=name)
    except (zstandard.ZstdError, MemoryError) as exc:  # a damaged size asks for too much memory
        raise ArchiveError(path, f"{name} is damaged ({exc})") from exc


def read_parts(db: Database, page_id: int, first: bytes, *, path: str) -> tuple[Page, ...]:
    """The further pages of an article whose first page has this body. Raises ArchiveError with the part's name."""
    parts = []
    for number, size, sha256, packed, *columns in db.conn.execute(_READ_PARTS, (page_id,)):
        name = f"part {number} of page {page_id}"
        try:
            body = checked(unpack_body(packed, first, size=size), sha256, path=path, name=name)
        except (zstandard.ZstdError, MemoryError, ValueError, TypeError) as exc:
            raise ArchiveError(path, f"{name} is damaged ({exc})") from exc
        parts.append(_page(*columns, path=path, name=name, body=body))
    return tuple(parts)
