"""Reads the TOML tables that ship with Cuttings, from a prepared form: JSON is read ten times as fast as TOML.

The file `scraper/tables.jsonl` holds one line for each table. A table that was changed since is read from its TOML, and a test
tells that the file must be written again: `python -m tests.scraper.text.test_tables`.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PREPARED: Final = ROOT / "tables.jsonl"


class Table(NamedTuple):
    """The values of a table. `lines` are those of its `[[rule]]` rows, from 1; None: the values were read from the TOML."""

    values: dict[str, Any]
    lines: tuple[int, ...] | None = None


def read_table(file: Path) -> Table:
    """The table in a TOML file of this package."""
    body = file.read_bytes()
    if line := prepared_lines().get(line_start(file, body).encode()):
        row = json.loads(line)
        return Table(row["values"], tuple(row["lines"]))
    import tomllib

    return Table(tomllib.loads(body.decode()))


def line_start(file: Path, body: bytes) -> str:
    """The beginning of a table's prepared line: its name, and a checksum of its bytes."""
    name = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else ""
    return f'{{"table": "{name}", "crc32": {zlib.crc32(body)}, '


@cache
def prepared_lines() -> dict[bytes, bytes]:
    """All prepared lines by their beginning; none if the file is missing, as in an unfinished checkout.

    They are bytes until one is parsed: to decode the whole file takes 2.5 ms, as long as to parse all rules.
    """
    if not PREPARED.exists():
        return {}
    lines = PREPARED.read_bytes().split(b"\n")
    return {line[: line.index(b'"lines"')]: line for line in lines if line}


def prepared_line(file: Path, values: dict[str, Any], lines: list[int]) -> str:
    """The prepared line of a table."""
    body = file.read_bytes()
    rest = json.dumps({"lines": lines, "values": values}, ensure_ascii=False, separators=(",", ":"))
    return f"{line_start(file, body)}{rest[1:]}"
