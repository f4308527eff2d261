"""Keeps compiled regular expressions between processes, beside the compiled code of Python's own modules.

Python compiles patterns anew in each process, in Python: a cold `cuttings clean FILE` spent 80 of its 330 ms of CPU on 290 of
them, a millisecond on each larger one. To read a kept one takes 0.02 ms.

The file lies in `__pycache__` and follows Python's settings: PYTHONPYCACHEPREFIX moves it, and PYTHONDONTWRITEBYTECODE keeps it
from being written. Where it is missing, damaged, of another Python or cannot be written, patterns are compiled as ever.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import sys
from array import array
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import get_ident
from typing import Any, AnyStr, Final, NamedTuple, TypeAlias
from zlib import crc32

MAX_BYTES: Final = 8_000_000
"""Size beyond which a file is written with the patterns of one process only. A page needs half a megabyte."""
FIRST_SAVED: Final = 8
"""New patterns that are written before the end of a process, then twice as many, and so on: workers are killed."""
SIGNATURE: Final = json.dumps(["patterns 1", sys.version]).encode() + b"\n"
"""The first line of a file. Compiled code is that of one build of Python, with its tables of letters."""

Key: TypeAlias = str
Record: TypeAlias = bytes
"""A line of JSON with a pattern as Python writes it, its flags, the flags that it ends up with, and its groups with their names;
then its code, in numbers of four bytes."""


class Engine(NamedTuple):
    """The parts of Python's `re` that read, translate and run a pattern. They are not documented."""

    parser: Any
    compiler: Any
    sre: Any


@cache
def engine() -> Engine | None:
    """The parts of `re`, or None in a Python that has others."""
    try:
        found = Engine(*map(import_module, ("re._parser", "re._compiler", "_sre")))
    except ImportError:
        return None
    known = hasattr(found.parser, "parse") and hasattr(found.compiler, "_code") and hasattr(found.sre, "compile")
    return found if known and getattr(found.sre, "CODESIZE", 0) == array("I").itemsize else None


class Kept(NamedTuple):
    """What a file holds: the begin, end and checksum of each record."""

    places: Mapping[Key, tuple[int, int, int]]
    body: bytes | mmap

    def record(self, key: Key) -> Record:
        """The record of a pattern, or nothing if there is none, or a damaged one."""
        start, stop, checksum = self.places.get(key, (0, 0, 0))
        record = self.body[start:stop]
        return record if crc32(record) == checksum else b""

    def records(self) -> dict[Key, Record]:
        """All records that are not damaged."""
        return {key: record for key in self.places if (record := self.record(key))}


NOTHING: Final = Kept({}, b"")


class KeptPatterns:
    """The patterns in a file, and those that were compiled since it was read. Without a file, none are kept."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.kept = read_kept(file) if file else NOTHING
        self.used: set[Key] = set()
        self.added: dict[Key, Record] = {}
        self.next_save = FIRST_SAVED

    def compiled(self, pattern: AnyStr, flags: int) -> re.Pattern[AnyStr]:
        """The compiled pattern. Raises `re.error` if it is not valid."""
        key = f"{flags} {crc32(repr(pattern).encode())}"
        if (record := self.kept.record(key)) and (found := build(record, pattern, flags)):
            self.used.add(key)
            return found
        if self.file and not sys.dont_write_bytecode and (record := make_record(pattern, flags)):
            self.add(key, record)
        return build(record, pattern, flags) or re.compile(pattern, flags)

    def add(self, key: Key, record: Record) -> None:
        if not self.added:
            atexit.register(self.save)
        self.added[key] = record
        if len(self.added) >= self.next_save:
            self.next_save *= 2
            self.save()

    def save(self) -> None:
        """Write the file anew, with what others wrote meanwhile. That it cannot be written is no error."""
        if self.file is None:
            return
        records = read_kept(self.file).records() | self.added
        if sum(map(len, records.values())) > MAX_BYTES:
            records = {key: record for key, record in records.items() if key in self.used or key in self.added}
        try:
            write_records(self.file, records)
        except OSError:
            self.file = None


def make_record(pattern: AnyStr, flags: int) -> Record:
    """The record of a pattern, or nothing if this Python gives none. Raises `re.error` if the pattern is not valid."""
    if not (parts := engine()):
        return b""
    parsed = parts.parser.parse(pattern, flags)
    code = parts.compiler._code(parsed, flags)
    state = parsed.state
    head = json.dumps([repr(pattern), flags, flags | state.flags, state.groups - 1, state.groupdict])
    return head.encode() + b"\n" + array("I", code).tobytes()


def build(record: Record, pattern: AnyStr, flags: int) -> re.Pattern[AnyStr] | None:
    """The pattern of a record, or None if the record is empty or that of another one."""
    head, _, code = record.partition(b"\n")
    if not head or not (parts := engine()):
        return None
    text, given_flags, all_flags, groups, places = json.loads(head)
    if (text, given_flags) != (repr(pattern), flags):
        return None
    names: list[str | None] = [None] * (groups + 1)
    for name, place in places.items():
        names[place] = name
    numbers = array("I", code).tolist()
    try:
        found: re.Pattern[AnyStr] = parts.sre.compile(pattern, all_flags, numbers, groups, places, tuple(names))
    except (TypeError, RuntimeError):  # a Python that takes other arguments, or says that this is no code
        return None
    return found


def read_kept(file: Path) -> Kept:
    """What a file holds; nothing if it is missing, damaged, or of another Python."""
    try:
        with file.open("rb") as opened:
            body = mmap(opened.fileno(), 0, access=ACCESS_READ)
        rows = json.loads(body[body.rfind(b"\n") + 1 :]) if body[: len(SIGNATURE)] == SIGNATURE else []
        return Kept({key: (start, stop, checksum) for key, start, stop, checksum in rows}, body)
    except (OSError, ValueError, TypeError):
        return NOTHING


def write_records(file: Path, records: Mapping[Key, Record]) -> None:
    """Replace a file: the signature, the records, and a line of JSON with their places. Raises `OSError`."""
    rows = []
    at = len(SIGNATURE)
    for key, record in records.items():
        rows.append([key, at, at + len(record), crc32(record)])
        at += len(record)
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}")
    try:
        made.write_bytes(b"".join([SIGNATURE, *records.values(), b"\n", json.dumps(rows).encode()]))
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


@cache
def kept_patterns() -> KeptPatterns:
    """The patterns of this Python, in a file beside the compiled code of this module."""
    cached = __spec__.cached if __spec__ else None
    return KeptPatterns(Path(cached).with_suffix(".patterns") if cached else None)
