"""The bytes of records: of a plain file, of each member of a gzip file, and of the files in a WACZ or another ZIP file.

Each gzip member is a stream of its own, so a damaged or wrongly sized record costs only its member: after a damage within the
compressed data the next member that begins with a record is read. A gzip file of one member with all records, as some tools make,
is read too.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from scraper.errors import InputError
from scraper.fetch.decoders import GZIP_WINDOW_BITS

READ_BYTES: Final = 65_536
GZIP: Final = b"\x1f\x8b"
MEMBER: Final = GZIP + b"\x08"
"""How each member of a gzip file begins: DEFLATE is the one method that there is (RFC 1952, 2.3.1)."""
PEEKED_BYTES: Final = 4_096
"""Bytes of a member that are inflated to see whether it holds a record."""
MAX_STARTS_TRIED: Final = 10_000
"""Starts of members in a file that are tried after damages: a file may be full of them."""
ZIP: Final = b"PK\x03\x04"
FIRST_LINE: Final = re.compile(rb"\s*(?:WARC/\d|filedesc:|https?://\S+ \S+ \d{14} )")
"""How WARC and ARC files begin."""
PACKED_FILES: Final = re.compile(r"archive/.*\.(?:w?arc)(?:\.gz)?")
"""Files with records in a WACZ (WACZ 1.1.1, 5.2.1), and the forms that older tools wrote."""
LOOSE_FILES: Final = re.compile(r"(?!__MACOSX/)(?:.*/)?(?!\._)[^/]*\.w?arc(?:\.gz)?")
"""Files with records in any other ZIP file, such as a zipped folder."""
PACKED_WACZ: Final = re.compile(r"(?!__MACOSX/)(?:.*/)?(?!\._)[^/]*\.wacz")
"""A WACZ in a ZIP file. It is not read: within a compressed file, going back to a place means reading from the start again."""
UNPACKERS: Final = {b"\x28\xb5\x2f\xfd": "zstd -d", b"BZh": "bunzip2", b"\xfd7zXZ": "unxz", b"7z\xbc\xaf": "7z x"}
"""First bytes of files in a compression that is not read, and the program that unpacks them."""
REMEDY: Final = "give a WARC, ARC or WACZ file"


class RecordStream:
    """Bytes from a file, from one place to its end. `start` is that place; `damage` tells why the bytes ended early.

    `budget` is the number of bytes that may still be read: a header without an end would fill the memory.
    """

    def __init__(self, file: IO[bytes], head: bytes, start: int) -> None:
        self.file = file
        self.head = head
        self.start = start
        self.position = 0
        self.damage = ""
        self.budget: float = math.inf

    def read(self, size: int) -> bytes:
        """Return between 1 and `size` bytes; none at the end, at a damage, or when the budget is spent."""
        data = b"" if self.damage or self.budget <= 0 else self.read_some(size)
        self.position += len(data)
        self.budget -= len(data)
        return data

    def read_some(self, size: int) -> bytes:
        """Return between 1 and `size` bytes; none at the end."""
        data, self.head = self.head[:size], self.head[size:]
        return data or self.read_file(size)

    def read_file(self, size: int) -> bytes:
        """Return bytes of the file; none at its end or damage."""
        try:
            return self.file.read(size)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as exc:
            self.damage = one_line(exc)
            return b""

    def tell(self) -> int:
        """The number of bytes that were read."""
        return self.position

    def offset_of(self, position: int) -> int:
        """The place in the file of a position in the stream."""
        return self.start + position

    def rest(self) -> bytes:
        """Read to the end; the bytes of the file that were read beyond it."""
        self.budget = math.inf
        while self.read(READ_BYTES):
            pass
        return b""


class GzipMember(RecordStream):
    """The bytes of one gzip member (RFC 1952), each read bounded."""

    def __init__(self, file: IO[bytes], head: bytes, start: int) -> None:
        super().__init__(file, head, start)
        self.inflater = zlib.decompressobj(GZIP_WINDOW_BITS)

    def read_some(self, size: int) -> bytes:
        data = b""
        try:
            while not data and not self.inflater.eof:
                data = self.inflater.decompress(self.head, size)
                self.head = self.inflater.unconsumed_tail
                if data or self.inflater.eof or self.head:
                    continue
                self.head = self.read_file(READ_BYTES)
                if not self.head:
                    self.damage = self.damage or "the file ends within the compressed data"
                    break
        except zlib.error as exc:
            self.damage = one_line(exc)
        return data

    def offset_of(self, position: int) -> int:
        return self.start

    def rest(self) -> bytes:
        super().rest()
        return self.inflater.unused_data


def open_streams(path: Path) -> Iterator[tuple[str, RecordStream]]:
    """The file's streams of records, each with the name of its file in a WACZ and ": ". Raises InputError."""
    try:
        with path.open("rb") as file:
            head = file.read(READ_BYTES)
            if head.startswith(ZIP):
                file.seek(0)
                yield from open_packed(path, file)
            elif program := next((UNPACKERS[start] for start in UNPACKERS if head.startswith(start)), ""):
                raise InputError(f"{path}: the file is in a compression that is not read; unpack it with `{program}`")
            else:
                yield from (("", stream) for stream in split_members(file, head))
    except OSError as exc:
        raise InputError(f"{path}: {exc.strerror or one_line(exc)}; {REMEDY}") from exc


def open_packed(path: Path, file: IO[bytes]) -> Iterator[tuple[str, RecordStream]]:
    """The streams of the WARC files in a WACZ, or in another ZIP file."""
    try:
        with zipfile.ZipFile(file) as whole:
            for name in packed_names(path, whole.namelist()):
                with whole.open(name) as member:
                    yield from ((f"{name}: ", stream) for stream in split_members(member, member.read(READ_BYTES)))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as exc:
        raise InputError(f"{path}: the WACZ file is damaged ({one_line(exc)}); copy it again") from exc


def packed_names(path: Path, names: list[str]) -> list[str]:
    """The files with records in a ZIP file. Raises InputError if it has none, or holds WACZ files beside them.

    >>> packed_names(Path("a.wacz"), ["archive/a.warc.gz", "extra/b.warc.gz"])
    ['archive/a.warc.gz']
    >>> packed_names(Path("a.zip"), ["crawl/archive/a.warc.gz", "crawl/b.warc", "__MACOSX/crawl/archive/._a.warc.gz"])
    ['crawl/archive/a.warc.gz', 'crawl/b.warc']
    """
    if found := [name for name in names if PACKED_FILES.fullmatch(name)]:
        return found
    if any(map(PACKED_WACZ.fullmatch, names)):
        raise InputError(f"{path}: the ZIP file holds WACZ files; unpack it and give these")
    found = [name for name in names if LOOSE_FILES.fullmatch(name)]
    if not found:
        raise InputError(f"{path}: the ZIP file has no WARC file; {REMEDY}")
    return found


def split_members(file: IO[bytes], head: bytes) -> Iterator[RecordStream]:
    """The members of a gzip file, or the whole file if it is not compressed. `head` are its first bytes."""
    if not head.startswith(GZIP):
        yield RecordStream(file, head, 0)
        return
    tries = iter(range(MAX_STARTS_TRIED))
    while head:
        member = GzipMember(file, head, file.tell() - len(head))
        yield member
        rest = member.rest()
        if member.damage:
            if not member.position:  # the flags of a damaged header may claim all that follows for the header
                file.seek(member.start)
                member.head = member.read_file(READ_BYTES)
            head = next_member(file, member.head, tries)
            continue
        head = rest.lstrip(b"\0")
        while len(head) < len(GZIP) and (more := member.read_file(READ_BYTES)):
            head = (head + more).lstrip(b"\0")


def next_member(file: IO[bytes], data: bytes, tries: Iterator[int]) -> bytes:
    """Bytes from the next gzip member with a record on, the file right behind them; none if there is none.

    `data` are the bytes before the file's position, the first of which is passed over: it may begin the damaged member. So are
    bytes that only look like the start of a member, as many as there are `tries`.
    """
    stream = RecordStream(file, b"", 0)
    start = 0
    while (start := data.find(MEMBER, start + 1)) >= 0 or (more := stream.read_file(READ_BYTES)):
        if start < 0:
            data = data[-len(MEMBER) :] + more
            start = 0
            continue
        if next(tries, None) is None:
            return b""
        if len(data) - start < PEEKED_BYTES:
            data = data[start:] + stream.read_file(READ_BYTES)
            start = 0
        if begins_with_record(data[start : start + PEEKED_BYTES]):
            return data[start:]
    return b""


def begins_with_record(data: bytes) -> bool:
    """Whether a gzip member begins here, and a record in it."""
    try:
        text = zlib.decompressobj(GZIP_WINDOW_BITS).decompress(data, PEEKED_BYTES)
    except zlib.error:
        return False
    return FIRST_LINE.match(text) is not None


def holds_records(path: Path) -> bool:
    """Whether a file begins as WARC and ARC files do. Raises InputError if it cannot be opened."""
    for _, stream in open_streams(path):
        return FIRST_LINE.match(stream.read(READ_BYTES)) is not None
    return False


def one_line(exc: BaseException) -> str:
    """An exception's text in one line; its name if it has none."""
    return " ".join(str(exc).split())[:200] or type(exc).__name__
