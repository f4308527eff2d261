"""Reads TOML that people write, as `tomllib` does, without what makes `tomllib` slow or breaks it.

`tomllib` recurses at each nested array or table, and its time grows with the square of the parts of a dotted key: 100 kB of
`a.a.a…` took 3 s.
"""

from __future__ import annotations

import re
from typing import Any, Final

from scraper.text.patterns import lazy_pattern

MAX_KEY_PARTS: Final = 100
"""Largest number of parts of a dotted key; keys of ours have two."""
LONG_KEY: Final = lazy_pattern(
    rf"(?<![\w-])(?:[\w-]+\s*\.\s*|\"[^\"\n]*\"\s*\.\s*|'[^'\n]*'\s*\.\s*){{{MAX_KEY_PARTS}}}"
)


SYNTAX_PLACE: Final = lazy_pattern(r"^(?P<what>.*) \(at line (?P<line>\d+), column \d+\)$", re.DOTALL)
"""The end of a message that names the line."""
MEANINGS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        r"(?:Illegal|Found invalid) character '\\n'|Unterminated string|Expected \"'",
        "a text has no closing quote; add it",
        r"[\"']",
    ),
    ("Unclosed array", "a list lacks a comma or its closing bracket; add it", r"=\s*\["),
    ("Unclosed inline table", "a table lacks its closing brace; add it, and write the table on one line", r"=\s*\{"),
    ("Expected '\\]", "the name of a table lacks a closing bracket; add it", ""),
    ("Expected '=' after a key", "a key has no value; write key = value", ""),
    ("Invalid value", "the value is no number, date, true or false; put a text in straight quotes", ""),
    ("Expected newline", "something stands behind the value; remove it, or put the whole value in quotes", ""),
    ("Unescaped", "a backslash between double quotes begins an escape; use single quotes", ""),
    ("Cannot overwrite a value", "the key stands here for the second time; remove one", ""),
)
"""What a message of `tomllib` means, and what begins a value of several lines: the line that begins it is named."""


def plain_fault(message: str, text: str) -> str:
    """A message of `tomllib` in words that say what to do, with its line.

    >>> plain_fault("Unterminated string (at end of document)", "a = 'x\\n")
    'a text has no closing quote; add it (at line 1, column 1)'
    """
    found = SYNTAX_PLACE.match(message)
    what = found["what"] if found else message.removesuffix(" (at end of document)")
    lines = text.split("\n")
    last = int(found["line"]) if found else len(lines)
    meant, opening = next(((words, begin) for sign, words, begin in MEANINGS if re.match(sign, what)), (what, ""))
    begins = [number for number, line in enumerate(lines[:last], 1) if opening and re.search(opening, line)]
    return f"{meant} (at line {begins[-1] if begins else max(last, 1)}, column 1)"


def without_mark(text: str) -> str:
    """A text without the byte order mark that editors on Windows write before UTF-8."""
    return text.removeprefix("\ufeff")


def parse_toml(text: str) -> dict[str, Any]:
    """The values of a TOML text. Raises `tomllib.TOMLDecodeError`.

    >>> parse_toml("[a]\\nb = 1")
    {'a': {'b': 1}}
    """
    import tomllib  # tables of ours are read from their prepared form

    text = without_mark(text)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") >= MAX_KEY_PARTS and LONG_KEY.search(line):
            raise tomllib.TOMLDecodeError(f"a key has more than {MAX_KEY_PARTS} parts (at line {number}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError as exc:
        raise tomllib.TOMLDecodeError("the tables are nested too deeply") from exc
    except ValueError as exc:
        if isinstance(exc, tomllib.TOMLDecodeError):
            raise tomllib.TOMLDecodeError(plain_fault(str(exc), text)) from exc
        raise tomllib.TOMLDecodeError("a number has too many digits") from exc  # beyond `sys.get_int_max_str_digits`
