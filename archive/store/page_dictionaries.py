"""Reference pages: one page of each site, against which zstd compresses the site's other pages.

Pages of a site differ only by their articles. With a page of the site as raw-content dictionary (RFC 8878, 5) a page of
350 KB takes 4.6% of its bytes, without one 16%. A site's first page becomes its reference. After a redesign, pages
compress far better against each other than against the reference; then the page before becomes the reference's next
version. Rows never change, so that every page can be read again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import zstandard
from sqlite_utils import Database

from archive.store.columns import Visit, plain
from scraper.errors import ArchiveError, FetchError
from scraper.types import Page
from scraper.urls.canonical import site_of

COMPRESSION_LEVEL: Final = 3
"""1.2 ms for a page of 350 KB; level 9 takes three times as long for 3.1% instead of 4.6%."""

REFERENCE_BYTES: Final = range(2_000, 1_000_001)
"""Size of a reference page: a smaller one saves little, a larger one is slow to read for every other page."""

MIN_DRIFT_FACTOR: Final = 1.5
"""A reference is outdated if a page is this many times as large with it as with the page before."""

GOOD_SHARE: Final = 0.02
"""Share of its bytes below which a page is compressed well enough."""

PAGES_BETWEEN_TRIALS: Final = 16
"""Pages of a site between two trials: a trial costs as much as a page."""

MAX_DICTIONARY_BYTES: Final = 64_000_000
"""References and last pages in memory: a hundred sites with large pages."""

MAX_PREPARED_BYTES: Final = 16_000_000
"""References that are prepared for compressing: forty large ones. zstd needs three times as much memory for them."""

NOT_TRIED: Final = b"", "", b""
"""No body that a trial packed: a body, the hash of its reference, and the body packed."""

_NEWEST: Final = """
SELECT id, version, bytes, sha256, body FROM dictionaries WHERE host = ? ORDER BY version DESC LIMIT 1"""
_FIND: Final = "SELECT id, sha256 FROM dictionaries WHERE host = ? AND version = ?"
_INSERT: Final = """
INSERT INTO dictionaries (host, version, since, bytes, sha256, body) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A reference page of a host. `sha256` is the body's hash, `id` is None until the page is stored."""

    host: str
    version: int
    sha256: str
    body: bytes
    id: int | None = None


@dataclass(slots=True)
class _Site:
    """A host's reference, its last page, and the results of the trials."""

    dictionary: Dictionary | None
    last: bytes = b""
    last_url: str = ""
    wait: int = 0
    bad: int = 0

    @property
    def bytes(self) -> int:
        """The bytes in memory."""
        return len(self.last) + (len(self.dictionary.body) if self.dictionary else 0)


@dataclass(frozen=True, slots=True)
class PreparedReference:
    """A reference page of `size` bytes with zstd's tables of it.

    A compressor is made for each page: it takes no time beside the page, and kept ones take as much memory as the tables.
    """

    size: int
    parameters: zstandard.ZstdCompressionParameters
    tables: zstandard.ZstdCompressionDict

    def pack(self, body: bytes) -> bytes:
        """The body compressed against the reference."""
        return zstandard.ZstdCompressor(compression_params=self.parameters, dict_data=self.tables).compress(body)


class Dictionaries:
    """References for pages that are stored, and a cache of them for a few sites."""

    def __init__(self) -> None:
        self._sites: OrderedDict[str, _Site] = OrderedDict()
        self._cached_bytes = 0
        self._without_id: list[_Site] = []
        self._prepared: OrderedDict[str, PreparedReference] = OrderedDict()
        self._prepared_bytes = 0
        self._tried = NOT_TRIED

    def pack(self, body: bytes, dictionary: Dictionary | None) -> bytes:
        """The body as `pack_once` packs it, in less than half the time if its reference is prepared.

        Preparing takes as long as a page, so references stay prepared. A trial has already packed the body that it tried.
        """
        if dictionary is None:
            return pack_body(body, None)
        (tried, sha256, packed), self._tried = self._tried, NOT_TRIED
        return packed if tried is body and sha256 == dictionary.sha256 else self._pack_prepared(body, dictionary)

    def _pack_prepared(self, body: bytes, dictionary: Dictionary) -> bytes:
        if dictionary.sha256 not in self._prepared:
            self._prepared[dictionary.sha256] = prepare(dictionary.body)
            self._prepared_bytes += len(dictionary.body)
        self._prepared.move_to_end(dictionary.sha256)
        while self._prepared_bytes > MAX_PREPARED_BYTES and len(self._prepared) > 1:
            self._prepared_bytes -= self._prepared.popitem(last=False)[1].size
        return self._prepared[dictionary.sha256].pack(body)

    def choose(self, db: Database, page: Page) -> Dictionary | None:
        """The reference for compressing the page, perhaps the page itself; None if nothing fits."""
        site = self._site(db, host_of(page.final_url))
        if len(page.body) not in REFERENCE_BYTES:
            return site.dictionary
        before = site.bytes
        if site.dictionary is None:
            site.dictionary = _new_dictionary(host_of(page.final_url), 1, page.body)
            self._without_id.append(site)
        elif self._drifted(site, page):
            site.dictionary = _new_dictionary(site.dictionary.host, site.dictionary.version + 1, site.last)
            site.wait, site.bad = PAGES_BETWEEN_TRIALS, 0
            self._without_id.append(site)
        site.last, site.last_url = (
            (b"", "") if site.wait else (page.body, page.final_url)
        )  # kept for the next trial only
        self._cached_bytes += site.bytes - before
        return site.dictionary

    def read_ids(self, db: Database) -> None:
        """Read the ids of new references, after the transaction in which they were stored."""
        for site in self._without_id:
            if site.dictionary:
                found = db.conn.execute(_FIND, (site.dictionary.host, site.dictionary.version)).fetchone()
                if found and found[1] == site.dictionary.sha256:
                    site.dictionary = replace(site.dictionary, id=found[0])
        self._without_id.clear()

    def _site(self, db: Database, host: str) -> _Site:
        if host not in self._sites:
            self._sites[host] = _Site(load_dictionary(db, host))
            self._cached_bytes += self._sites[host].bytes
        self._sites.move_to_end(host)
        while self._cached_bytes > MAX_DICTIONARY_BYTES and len(self._sites) > 1:
            self._cached_bytes -= self._sites.popitem(last=False)[1].bytes
        return self._sites[host]

    def _drifted(self, site: _Site, page: Page) -> bool:
        """Whether the page before was a far better reference in two successive trials. A refetch of that page is not a trial."""
        assert site.dictionary is not None
        if not site.last or page.final_url == site.last_url or site.wait:
            site.wait = max(0, site.wait - 1)
            return False
        packed = self._pack_prepared(page.body, site.dictionary)
        self._tried, now = (page.body, site.dictionary.sha256, packed), len(packed)
        if now > GOOD_SHARE * len(page.body) and now > MIN_DRIFT_FACTOR * len(pack_body(page.body, site.last)):
            site.bad += 1
            return site.bad > 1
        site.wait, site.bad = PAGES_BETWEEN_TRIALS, 0
        return False


def host_of(url: str) -> str:
    """The URL's host without www.; empty for a URL without a host, as that of a page read from a file."""
    return _host_of("/".join(url.split("/", 3)[:3]))


@lru_cache(10_000)
def _host_of(origin: str) -> str:
    try:
        return plain(site_of(origin))
    except FetchError:
        return ""


def pack_body(body: bytes, dictionary: bytes | None) -> bytes:
    """The body compressed by zstd against a dictionary; pure, so that any process can call it."""
    size = len(body) + len(dictionary or b"")
    window = min(max(size.bit_length(), 17), 23)  # 128 KB to 8 MB: the dictionary must lie within it
    parameters = zstandard.ZstdCompressionParameters.from_level(COMPRESSION_LEVEL, source_size=size, window_log=window)
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=_raw(dictionary)).compress(body)


def pack_once(body: bytes, dictionary: Dictionary | None) -> bytes:
    """The body compressed by zstd, against a reference page if there is one."""
    return pack_body(body, dictionary.body if dictionary else None)


def prepare(dictionary: bytes) -> PreparedReference:
    """A reference page with zstd's tables of it."""
    window = min(max((2 * len(dictionary)).bit_length(), 17), 23)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        COMPRESSION_LEVEL, source_size=2 * len(dictionary), window_log=window
    )
    tables = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    tables.precompute_compress(compression_params=parameters)
    return PreparedReference(len(dictionary), parameters, tables)


def unpack_body(packed: bytes, dictionary: bytes | None, *, size: int) -> bytes:
    """The body of `size` bytes that `pack_body` packed. Raises zstandard.ZstdError if the packed body is damaged."""
    return zstandard.ZstdDecompressor(dict_data=_raw(dictionary)).decompress(packed, max_output_size=max(1, size))


def _raw(dictionary: bytes | None) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if dictionary else None


def load_dictionary(db: Database, host: str) -> Dictionary | None:
    """The host's newest reference; None if there is none, or a damaged one."""
    found = db.conn.execute(_NEWEST, (host,)).fetchone()
    if found is None:
        return None
    dictionary_id, version, size, sha256, packed = found
    try:
        body = unpack_body(packed, None, size=size)
    except zstandard.ZstdError:
        body = b""
    intact = hashlib.sha256(body).hexdigest() == sha256
    return Dictionary(host, version, sha256, body, dictionary_id) if intact else None


def store_dictionary(db: Database, dictionary: Dictionary, visit: Visit) -> int | None:
    """The id of the reference's row, inserted if missing; None if another page is stored as this version."""
    if dictionary.id is not None:
        return dictionary.id
    found = db.conn.execute(_FIND, (dictionary.host, dictionary.version)).fetchone()
    if found is not None:
        return int(found[0]) if found[1] == dictionary.sha256 else None
    packed = pack_body(dictionary.body, None)
    row = (dictionary.host, dictionary.version, visit.at, len(dictionary.body), dictionary.sha256, packed)
    return int(db.conn.execute(_INSERT, row).fetchone()[0])


def checked(body: bytes, sha256: str, *, path: str, name: str) -> bytes:
    """The body, if its hash is the stored one. Raises ArchiveError with the page's name otherwise."""
    if hashlib.sha256(body).hexdigest() != sha256:
        raise ArchiveError(path, f"{name} is damaged (its hash does not match)")
    return body


def _new_dictionary(host: str, version: int, body: bytes) -> Dictionary:
    return Dictionary(host, version, hashlib.sha256(body).hexdigest(), body)
