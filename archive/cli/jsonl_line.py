"""The worker's part of `clean --jsonl`: a line of the input in, whether it was cleaned and the JSON to print out.

Each worker imports this module, so it imports neither click nor anything of the main process: that takes 30 ms of CPU.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from archive.output.article import to_json
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.crawl.worker import rules_at
from scraper.types import Page

if TYPE_CHECKING:
    from scraper.types import Extraction


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
    return extract(Page.from_html(content, url=url), rules)


def failed(line: Line, error: str) -> str:
    """The answer for a line that could not be cleaned, with its id or, without one, its number."""
    try:
        known = parse_line(line.body).get("id") if line.body else None
    except BadLine:
        known = None
    name: dict[str, Any] = {"line": line.number} if known is None else {"id": known}
    return to_json({**name, "error": error})
