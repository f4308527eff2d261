"""Reads the captures of WARC (ISO 28500, 1.0 and 1.1), ARC and WACZ files, in constant memory.

warcio frames the records, `records` makes pages of them. What stands before a damage is read, and after it as soon as another
gzip member begins.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from scraper.captures.records import PAGE_TYPES, PART, PART_OF, REASONS, Unusable, read_page, time_of, url_of
from scraper.captures.streams import REMEDY, RecordStream, holds_records, one_line, open_streams
from scraper.errors import InputError
from scraper.types import Page

DAMAGE: Final = (
    ArchiveLoadFailed,
    EOFError,
    ValueError,
    KeyError,
    AttributeError,
    AssertionError,
    TypeError,
    OverflowError,
)
"""What warcio raises for a damaged record."""
MAX_PARTS: Final = 20
"""Pages of one article that are joined, as of a fetched one."""
MAX_HEADER_BYTES: Final = 1 << 20
"""Bytes of a record's headers, and of what stands between two records."""
MAX_DAMAGES: Final = 20
"""Damages of a file that are described; further ones are counted."""


Skip = Callable[[str, datetime], str]
"""Why a capture of an address at a time is not wanted: a key of `REASONS`; empty if it is."""


def skip_none(url: str, at: datetime) -> str:
    """Every capture is wanted."""
    return ""


@dataclass(frozen=True, slots=True)
class Capture:
    """A captured page, and the further pages of its article."""

    page: Page
    parts: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Revisit:
    """A visit that found the page as it was before: the record has no page."""

    url: str
    at: datetime


@dataclass(slots=True)
class CaptureFile:
    """One file of captures. `skipped` counts the records without a page that is wanted, by the keys of `REASONS`.

    `damages` tells where the file is damaged. `position` is the number of its bytes that were read.
    """

    path: Path
    skip: Skip = skip_none
    skipped: Counter[str] = field(default_factory=Counter)
    records: int = 0
    damages: list[str] = field(default_factory=list)
    position: int = 0
    first: str = ""
    """The id of the last record that was, or would have been, the first page of an article."""

    def check(self) -> None:
        """Raise InputError if the file cannot be opened or holds no records."""
        if not holds_records(self.path):
            raise InputError(f"{self.path}: no WARC or ARC file, it does not begin with a record; {REMEDY}")

    def read(self) -> Iterator[Capture | Revisit]:
        """The captures in file order, a revisit perhaps before the capture that it follows. Raises InputError if the file cannot be opened."""
        waiting: Capture | None = None
        for name, stream in open_streams(self.path):
            for found in self.read_stream(name, stream):
                if isinstance(found, Part):
                    waiting = with_part(waiting, found.page)
                    continue
                if isinstance(found, Revisit):
                    yield found
                    continue
                if waiting:
                    yield waiting
                waiting = found
        if waiting:
            yield waiting

    def read_stream(self, name: str, stream: RecordStream) -> Iterator[Capture | Revisit | Part]:
        """What the records of one stream hold, until its end or a damage."""
        records = ArchiveIterator(stream, arc2warc=True)
        while True:
            start = records.offset
            found = None
            try:
                with redirect_stderr(io.StringIO()):  # warcio prints a warning for a record without an end
                    stream.budget = MAX_HEADER_BYTES
                    record = next(records, None)
                    raise_if_endless(record, stream)
                    if record is not None:
                        stream.budget = (record.length or 0) + MAX_HEADER_BYTES
                        found = self.read_record(record)
                        records.read_to_end()
                    raise_if_cut(records, record, stream)
            except DAMAGE as exc:
                where = f"record {self.records + 1:,} at byte {stream.offset_of(start):,}"
                self.note_damage(f"{name}{where} is damaged ({stream.damage or reason_of(exc)})")
                return
            finally:
                self.position = stream.file.tell()
            if record is None:
                return
            self.records += 1
            if isinstance(found, str):
                self.skipped[found] += 1
            elif found is not None:
                yield found

    def note_damage(self, text: str) -> None:
        """Keep a damage, unless there are many."""
        if len(self.damages) < MAX_DAMAGES:
            self.damages.append(f"{self.path}: {text}")
        elif len(self.damages) == MAX_DAMAGES:
            self.damages.append(f"{self.path}: further records are damaged")

    def read_record(self, record: Any) -> Capture | Revisit | Part | str:
        """What a record holds; the reason if it is nothing that is wanted."""
        kind = record.rec_type
        try:
            if kind not in PAGE_TYPES and kind != "revisit":
                return kind if kind in REASONS else "other"
            url, at = url_of(record), time_of(record)
            if kind == "revisit":
                return self.skip(url, at) or Revisit(url, at)
            if record.rec_headers.get_header(PART):
                return self.read_part(record, url, at)
            if reason := self.skip(url, at):
                return reason
            page = read_page(record, url, at)
            self.first = record.rec_headers.get_header("WARC-Record-ID") or ""
            return Capture(page)
        except Unusable as exc:
            return exc.reason

    def read_part(self, record: Any, url: str, at: datetime) -> Part | str:
        """A further page of the article whose first page came last. Raises Unusable."""
        if not self.first or record.rec_headers.get_header(PART_OF) != self.first:
            return "part"
        return Part(read_page(record, url, at))


@dataclass(frozen=True, slots=True)
class Part:
    """A further page of an article."""

    page: Page


def reason_of(exc: Exception) -> str:
    """What is wrong with a record that warcio, or a check of ours, refused."""
    if not isinstance(exc, ArchiveLoadFailed):
        return "its header cannot be read"
    return one_line(exc)


def with_part(capture: Capture | None, page: Page) -> Capture | None:
    """The capture with one more page, unless it has many."""
    if capture is None or len(capture.parts) >= MAX_PARTS - 1:
        return capture
    return replace(capture, parts=(*capture.parts, page))


def raise_if_endless(record: Any, stream: RecordStream) -> None:
    """Raise ArchiveLoadFailed if the headers of a record, or its content, have no end."""
    if stream.budget <= 0:
        raise ArchiveLoadFailed(f"its headers have more than {MAX_HEADER_BYTES:,} bytes")
    if record is not None and record.length is None:
        raise ArchiveLoadFailed("it does not say its length")


def raise_if_cut(records: ArchiveIterator, record: Any, stream: RecordStream) -> None:
    """Raise ArchiveLoadFailed if the record that was read, or the one after the last, is not complete."""
    if stream.damage:
        raise ArchiveLoadFailed(stream.damage)
    raise_if_endless(record, stream)
    if record is None:
        if records.next_line:
            raise ArchiveLoadFailed("the file ends within a header")
        return
    if record.raw_stream.limit > 0:
        raise ArchiveLoadFailed(f"{record.raw_stream.limit:,} bytes of it are missing")
    if records.err_count:
        raise ArchiveLoadFailed("it is longer than it says")
