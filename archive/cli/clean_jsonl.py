"""`clean --jsonl`: one document per line in, one answer per line out, in order and in constant memory.

The main process only passes lines on. A worker parses the JSON, extracts, and writes the JSON of the answer, under a
deadline. A line that cannot be cleaned is answered with `{"id" or "line", "error"}`, and the other lines are cleaned.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn

from archive.cli.clean_input import local_page
from archive.cli.exit_codes import print_error
from archive.output.article import counted, to_json
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.crawl.worker_pool import DEADLINE_SECONDS, ExtractPool, rules_at
from scraper.errors import ExtractError, InputError

if TYPE_CHECKING:
    from scraper.types import Extraction

WORKER_MODULES: Final = (
    *("archive.cli.clean_jsonl", "archive.output.rows"),
    *("scraper.extraction.extract", "scraper.extraction.plain_text"),
)
"""Modules that only workers need: the main process starts them before it would have loaded extraction itself."""

MAX_LINE_BYTES: Final = 50_000_000
"""A page of 20 MB, the cap of a fetched page, fits into a line with its escapes."""

MAX_SKIPPED_BYTES: Final = 1_000_000_000
"""A longer line is endless input (`/dev/zero`)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: its number from 1, and its bytes or its error."""

    number: int
    body: bytes
    rules_paths: tuple[Path, ...] = ()
    error: str = ""
    choice: TextChoice = DEFAULT


class BadLine(Exception):
    """A line that is not a document. The error becomes an answer and never leaves this module."""


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
        elif body.strip():
            yield Line(number, body, rules_paths, choice=choice)


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


def clean_line(line: Line) -> tuple[bool, str]:
    """The worker's task: whether a line was cleaned, and its JSON."""
    if line.error:
        return False, failed(line, line.error)
    try:
        row = parse_line(line.body)
        extraction = extract_row(row, line.rules_paths)
    except BadLine as exc:
        return False, failed(line, str(exc))
    from archive.output.rows import document

    return True, to_json({"id": row.get("id"), **document(extraction, url=row.get("url") or "", choice=line.choice)})


def parse_line(body: bytes) -> dict[str, Any]:
    """The line's object. Raises `BadLine`."""
    try:
        row = json.loads(body, parse_constant=refuse_constant)
    except UnicodeDecodeError as exc:
        raise BadLine(f"not UTF-8: byte {exc.start}") from exc
    except RecursionError as exc:
        raise BadLine("not JSON: nested too deeply") from exc
    except ValueError as exc:
        raise BadLine(f"not JSON: {exc}") from exc
    if not isinstance(row, dict):
        raise BadLine("not a JSON object")
    return row


def refuse_constant(name: str) -> NoReturn:
    """Raises `ValueError` for `NaN` and `Infinity`, which Python accepts and JSON does not."""
    raise ValueError(f"{name} is not JSON")


def extract_row(row: dict[str, Any], rules_paths: tuple[Path, ...]) -> Extraction:
    """The extraction of a line's `html` or `text`. Raises `BadLine`."""
    url = row.get("url") or ""
    if not isinstance(url, str):
        raise BadLine("'url' is not a string")
    given = [key for key in ("html", "text") if row.get(key) is not None]
    if len(given) != 1:
        raise BadLine("both 'html' and 'text' are given; leave one out" if given else "'html' or 'text' is missing")
    content = row[given[0]]
    if not isinstance(content, str):
        raise BadLine(f"{given[0]!r} is not a string")
    from scraper.extraction.extract import extract
    from scraper.extraction.plain_text import extract_text

    rules = rules_at(rules_paths)
    if given[0] == "text":
        return extract_text(content, rules, url=url)
    return extract(local_page(content.encode(errors="replace"), url=url, charset="utf-8"), rules)


def failed(line: Line, error: str) -> str:
    """The answer for a line that could not be cleaned, with its id or, without one, its number."""
    try:
        known = parse_line(line.body).get("id") if line.body else None
    except BadLine:
        known = None
    name: dict[str, Any] = {"line": line.number} if known is None else {"id": known}
    return to_json({**name, "error": error})


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
        bad = clean_jsonl(sys.stdin.buffer, out, name="standard input", **asked)
    else:
        try:
            with Path(target).open("rb") as stream:
                bad = clean_jsonl(stream, out, name=target, **asked)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as exc:
            raise InputError(f"{target}: {exc.strerror}") from exc
    if bad:
        print_error(f"{counted(bad, 'line')} could not be cleaned")
    return not bad
