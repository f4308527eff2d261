"""`clean --jsonl`: one document per line in, one answer per line out, in order and in constant memory.

The main process only passes lines on. A worker parses the JSON, extracts, and writes the JSON of the answer, under a
deadline. A line that cannot be cleaned is answered with `{"id" or "line", "error"}`, and the other lines are cleaned.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from archive.cli.exit_codes import print_error
from archive.cli.jsonl_line import Line, clean_line, failed
from archive.output.article import counted
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.crawl.worker_pool import DEADLINE_SECONDS, ExtractPool
from scraper.errors import ExtractError, InputError

WORKER_MODULES: Final = (
    *("archive.cli.jsonl_line", "archive.output.rows"),
    *("scraper.extraction.extract", "scraper.extraction.plain_text"),
)
"""Modules that only workers need: the main process starts them before it would have loaded extraction itself."""

MAX_LINE_BYTES: Final = 50_000_000
"""A page of 20 MB, the cap of a fetched page, fits into a line with its escapes."""

BUFFER_BYTES: Final = 1 << 20
"""Bytes that are read at once. With Python's 8 KB, lines of 370 KB take five times as long to read."""

MAX_SKIPPED_BYTES: Final = 1_000_000_000
"""A longer line is endless input (`/dev/zero`)."""


def read_lines(
    stream: IO[bytes],
    *,
    name: str,
    rules_paths: tuple[Path, ...] = (),
    choice: TextChoice = DEFAULT,
    limit: int = MAX_LINE_BYTES,
) -> Iterator[Line]:
    """The lines of a stream, without blank ones. Raises `InputError` for a line that does not end."""
    number = 0
    while body := stream.readline(limit + 1):
        number += 1
        if len(body) > limit and not body.endswith(b"\n"):
            skip_line(stream, name=name, number=number)
            yield Line(number, b"", error=f"the line is larger than {limit // 1_000_000} MB")
        elif not body.isspace():
            yield Line(number, body, rules_paths, choice=choice)


def with_large_buffer(stream: IO[bytes]) -> IO[bytes]:
    """The same stream, read in large pieces; itself if it is no file of the system."""
    try:
        return open(stream.fileno(), "rb", buffering=BUFFER_BYTES, closefd=False)
    except io.UnsupportedOperation:
        return stream


def skip_line(stream: IO[bytes], *, name: str, number: int) -> None:
    """Reads to the end of a line, piece by piece."""
    skipped = 0
    while piece := stream.readline(1_000_000):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            return
        if skipped > MAX_SKIPPED_BYTES:
            raise InputError(f"{name}: line {number} does not end; is this JSONL?")


def clean_lines(lines: Iterator[Line], *, jobs: int, deadline: float = DEADLINE_SECONDS) -> Iterator[tuple[bool, str]]:
    """Yield for each line, in order, whether it was cleaned, and the JSON to print."""
    with ExtractPool(jobs, deadline=deadline, preload=WORKER_MODULES) as pool:
        pending: list[Line] = []

        def tracked() -> Iterator[Line]:
            for line in lines:
                pending.append(line)
                yield line

        for answer in pool.map_ordered(clean_line, tracked()):
            line = pending.pop(0)
            yield (False, failed(line, answer.detail)) if isinstance(answer, ExtractError) else answer


def write_answers(answers: Iterator[tuple[bool, str]], out: IO[bytes]) -> int:
    """Writes each answer at once, one per line; returns the number of lines that could not be cleaned."""
    bad = 0
    for clean, text in answers:
        bad += not clean
        out.write(text.encode() + b"\n")
        out.flush()
    return bad


def clean_jsonl(
    stream: IO[bytes],
    out: IO[bytes],
    *,
    name: str,
    jobs: int,
    rules_paths: Sequence[Path] = (),
    choice: TextChoice = DEFAULT,
) -> int:
    """Cleans a stream of documents; returns the number of lines that could not be cleaned.

    Raises `InputError` and `ConfigError`.
    """
    if rules_paths:
        from archive.learning.rule_files import read_rules

        read_rules(rules_paths)  # reports a bad rule once, not on every line
    lines = read_lines(stream, name=name, rules_paths=tuple(rules_paths), choice=choice)
    return write_answers(clean_lines(lines, jobs=jobs), out)


def print_jsonl(target: str, *, jobs: int, rules_paths: Sequence[Path], choice: TextChoice = DEFAULT) -> bool:
    """Cleans a file, or standard input for `-`, to standard output; returns whether every line was cleaned."""
    out = sys.stdout.buffer
    asked: dict[str, Any] = {"jobs": jobs, "rules_paths": rules_paths, "choice": choice}
    if target == "-":
        bad = clean_jsonl(with_large_buffer(sys.stdin.buffer), out, name="standard input", **asked)
    else:
        try:
            with Path(target).open("rb", buffering=BUFFER_BYTES) as stream:
                bad = clean_jsonl(stream, out, name=target, **asked)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as exc:
            raise InputError(f"{target}: {exc.strerror}") from exc
    if bad:
        print_error(f"{counted(bad, 'line')} could not be cleaned")
    return not bad
