"""Raw pages: what the server sent, compressed, with a hash of it, so that better rules can read it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import zstandard
from sqlite_utils import Database

from archive.store.columns import Visit, array, iso, moment, plain
from archive.store.page_dictionaries import Dictionary, checked, pack_body, pack_once, store_dictionary, unpack_body
from scraper.errors import ArchiveError, InputError
from scraper.types import Page

_INSERT: Final = """
INSERT INTO pages (link_id, article_id, run_id, url, status, headers, fetched_at, used, bytes, sha256, body, dictionary_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_INSERT_PART: Final = """
INSERT INTO page_parts (page_id, number, url, status, headers, fetched_at, bytes, sha256, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_READ_PARTS: Final = """
SELECT number, url, status, headers, fetched_at, bytes, sha256, body FROM page_parts WHERE page_id = ? ORDER BY number"""

_READ: Final = """
SELECT pages.bytes, pages.sha256, pages.body, dictionaries.id, dictionaries.bytes, dictionaries.sha256, dictionaries.body
FROM pages LEFT JOIN dictionaries ON dictionaries.id = pages.dictionary_id WHERE pages.id = ?"""


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page's columns that cost time to make: made before the write lock is taken; `parts` are further pages of its article."""

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
    """The page with its body compressed, against a reference page when there is one, and hashed.

    Further parts of its article are compressed against the page itself: nothing is more like them.
    """
    further = tuple(
        PackedPage(part, hashlib.sha256(part.body).hexdigest(), pack_body(part.body, page.body)) for part in parts
    )
    return PackedPage(page, hashlib.sha256(page.body).hexdigest(), pack(page.body, dictionary), dictionary, further)


def insert_page(
    db: Database, packed: PackedPage, visit: Visit, *, link_id: int, article_id: int | None, used: bool
) -> int:
    """Store a page; its id. Of pages that gave nothing better than what was there, the newest of a link is kept."""
    if not used:
        db.conn.execute("DELETE FROM pages WHERE link_id = ? AND used = 0", (link_id,))
    dictionary_id = store_dictionary(db, packed.dictionary, visit) if packed.dictionary else None
    if packed.dictionary and dictionary_id is None:
        packed = replace(pack_page(packed.page), parts=packed.parts)
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
        dictionary_id,
    )
    page_id = int(db.conn.execute(_INSERT, row).lastrowid or 0)
    for number, part in enumerate(packed.parts, 2):
        what = (plain(part.page.final_url), part.page.status, array(part.page.headers), iso(part.page.fetched_at))
        db.conn.execute(_INSERT_PART, (page_id, number, *what, len(part.page.body), part.sha256, part.body))
    return page_id


def read_body(db: Database, page_id: int, *, path: str) -> bytes:
    """The page's body as it was received. Raises ArchiveError, naming page and reference, when it is not what was stored.

    Raises InputError for a page of which only what is known of it was kept.
    """
    name = f"page {page_id}"
    found = db.conn.execute(_READ, (page_id,)).fetchone()
    if found is None:
        raise ArchiveError(path, f"{name} is not in the archive")
    size, sha256, packed, dictionary_id, *reference = found
    if not packed:
        raise InputError(f"{name} was pruned: what the server sent is no longer in the archive")
    try:
        dictionary = None
        if dictionary_id is not None:
            name = f"page {page_id}'s dictionary {dictionary_id}"
            dictionary = checked(unpack_body(reference[2], None, size=reference[0]), reference[1], path=path, name=name)
        name = f"page {page_id}"
        return checked(unpack_body(packed, dictionary, size=size), sha256, path=path, name=name)
    except (zstandard.ZstdError, MemoryError) as exc:  # a damaged size asks for memory that there is not
        raise ArchiveError(path, f"{name} is damaged ({exc})") from exc


def read_parts(db: Database, page_id: int, first: bytes, *, path: str) -> tuple[Page, ...]:
    """The further pages of an article whose first page has this body. Raises ArchiveError, naming page and part."""
    parts = []
    for number, url, status, headers, fetched_at, size, sha256, packed in db.conn.execute(_READ_PARTS, (page_id,)):
        name = f"part {number} of page {page_id}"
        try:
            body = checked(unpack_body(packed, first, size=size), sha256, path=path, name=name)
            sent = tuple((str(key), str(value)) for key, value in json.loads(headers))
            at = moment(fetched_at)
        except (zstandard.ZstdError, MemoryError, ValueError, TypeError) as exc:
            raise ArchiveError(path, f"{name} is damaged ({exc})") from exc
        assert at is not None
        parts.append(Page(url, url, status, sent, body, at))
    return tuple(parts)
