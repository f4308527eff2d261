"""Stored pages as a WARC file (ISO 28500:2017, WARC/1.1) that other tools read, and `cuttings import` reads back.

Each page that gave a text of an article is a record, in a gzip member of its own: all revisions by time, and the further pages
of an article after its first, tied to it. Bodies stand as they are stored, decoded, so the headers of their codings are
dropped. A page that `prune` deleted is missing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from archive.store.columns import iso
from archive.store.connection import archive_errors
from archive.store.raw_pages import read_body, read_page, read_parts
from scraper.captures.records import DECODED, FROM_FEED, PART, PART_OF

if TYPE_CHECKING:
    from warcio.warcwriter import WARCWriter

    from archive.store.archive import Archive
    from archive.store.records import StoredArticle
    from scraper.types import Page

FORMAT: Final = "WARC File Format 1.1"
CONFORMS_TO: Final = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
RECOMPUTED: Final = DECODED | {"content-length"}
"""Headers of the response that do not hold for the stored body."""
TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Names of headers (RFC 9110, 5.6.2)."""
IDS: Final = uuid.UUID("5b0f2f2e-6d0a-5a4e-9a53-0c7be2b1d0a9")
"""Namespace of the ids of records: the same page has the same id in each export."""

_PAGES: Final = """
SELECT DISTINCT pages.id FROM revisions JOIN pages ON pages.id = revisions.page_id
WHERE revisions.article_id = ? AND length(pages.body) > 0 ORDER BY pages.fetched_at, pages.id"""


class WrittenArticles(NamedTuple):
    """The number of articles of which a page was written, and of those of which no page is stored."""

    written: int
    pageless: int


def write_warc(archive: Archive, articles: Iterable[StoredArticle], out: BinaryIO, *, at: datetime) -> WrittenArticles:
    """Write the pages of articles; `at` is the time of the file. Raises `ArchiveError`."""
    from warcio.warcwriter import WARCWriter

    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    write_info(writer, at)
    written = pageless = 0
    for stored in articles:
        has_page = False
        for pages in pages_of(archive, stored.id):
            write_pages(writer, pages)
            has_page = True
        written += has_page
        pageless += not has_page
    return WrittenArticles(written, pageless)


def pages_of(archive: Archive, article_id: int) -> Iterator[list[Page]]:
    """The stored pages of an article's texts by time, each with its further pages. Raises `ArchiveError`."""
    path = str(archive.path)
    with archive_errors(archive.path):
        ids = [page_id for (page_id,) in archive.db.conn.execute(_PAGES, (article_id,))]
    for page_id in ids:
        with archive_errors(archive.path):
            page = read_page(archive.db, page_id, path=path)
            if page is None:  # deleted meanwhile
                continue
            body = read_body(archive.db, page_id, path=path)
            parts = read_parts(archive.db, page_id, body, path=path)
        yield [replace(page, body=body), *parts]


def write_info(writer: WARCWriter, at: datetime) -> None:
    """Write the record that describes the file."""
    from scraper.extractor_version import extractor_version

    fields = {"software": f"Cuttings/{extractor_version()}", "format": FORMAT, "conformsTo": CONFORMS_TO}
    block = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    headers = {"WARC-Date": iso(at), "WARC-Record-ID": id_of("warcinfo", iso(at))}
    write_record(writer, "", "warcinfo", block, headers)


def write_pages(writer: WARCWriter, pages: list[Page]) -> None:
    """Write a page and the further pages of its article."""
    first = id_of(pages[0].final_url, iso(pages[0].fetched_at))
    for number, page in enumerate(pages, 1):
        headers = {"WARC-Date": iso(page.fetched_at)}
        if number == 1:
            headers["WARC-Record-ID"] = first
        else:
            own = id_of(page.final_url, iso(page.fetched_at), first, str(number))
            headers |= {"WARC-Record-ID": own, PART_OF: first, PART: str(number)}
        if page.cut_short:
            headers["WARC-Truncated"] = "disconnect"
        if page.from_feed:
            headers |= {FROM_FEED: "yes", "Content-Type": page.header("content-type") or "text/html"}
            write_record(writer, page.final_url, "resource", page.body, headers)
        else:
            write_record(writer, page.final_url, "response", page.body, headers, http_head(page))


def write_record(
    writer: WARCWriter, url: str, record_type: str, body: bytes, headers: dict[str, str], http: Any = None
) -> None:
    """Write a record with its digests and lengths. `http` is the head of a response."""
    record = writer.create_warc_record(
        url, record_type, payload=BytesIO(body), length=len(body), warc_headers_dict=headers, http_headers=http
    )
    writer.write_record(record)


def http_head(page: Page) -> Any:
    """The status line and headers of a page's response, as they hold for the decoded body."""
    from warcio.statusandheaders import StatusAndHeaders

    kept = [
        (name, " ".join(value.splitlines()))
        for name, value in page.headers
        if name not in RECOMPUTED and TOKEN.fullmatch(name)
    ]
    status = f"{page.status} {HTTPStatus(page.status).phrase}" if page.status in KNOWN_STATUSES else f"{page.status} -"
    return StatusAndHeaders(status, [*kept, ("content-length", str(len(page.body)))], protocol="HTTP/1.1")


KNOWN_STATUSES: Final = frozenset(map(int, HTTPStatus))


def id_of(*parts: str) -> str:
    """The id of a record, made of what tells it from others."""
    return f"<urn:uuid:{uuid.uuid5(IDS, ' '.join(parts))}>"
