"""Chrome as one compressed value, in which a worker sends it and the archive stores it.

Four fifths of a page's blocks are chrome, and nearly nobody reads them: as rows they would take more room than the text.
The value is JSON compressed by zlib: for each reason its id, stage, kind and blocks, a block being the number of
positions since the one before and the text. `archive.store.chrome` makes removals of it again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from scraper.types import Extraction, Removal

LEVEL: Final = 9
"""Of zlib: 7 % smaller than the fastest level, in a quarter of a millisecond a page."""


class ChromeRow(NamedTuple):
    """One block of the chrome, with the fields of a `Removal`."""

    rule_id: str
    stage: str
    kind: str
    position: int
    text: str


def pack_chrome(chrome: Iterable[Removal | ChromeRow]) -> bytes:
    """The chrome of a page as bytes; no bytes if there is none."""
    groups: dict[tuple[str, str, str], list[Any]] = {}
    last: dict[tuple[str, str, str], int] = {}
    for row in chrome:
        key = (row.rule_id, row.stage, row.kind)
        groups.setdefault(key, []).extend((row.position - last.get(key, 0), row.text))
        last[key] = row.position
    if not groups:
        return b""
    rows = [[*key, blocks] for key, blocks in groups.items()]
    packed = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(packed.encode("utf-8", "surrogatepass"), LEVEL)


def read_chrome_rows(packed: bytes) -> list[ChromeRow]:
    """The blocks that `pack_chrome` packed, in page order. Raises `ValueError` if the bytes are damaged."""
    try:
        groups = json.loads(zlib.decompress(packed)) if packed else ()
        return sorted(rows_of(groups), key=lambda row: row.position)
    except (zlib.error, TypeError, ValueError) as exc:
        raise ValueError(f"the packed text is damaged ({exc})") from exc


def rows_of(groups: Sequence[Any]) -> Iterator[ChromeRow]:
    """The blocks of all reasons, one reason after the other."""
    for rule_id, stage, kind, blocks in groups:
        position = 0
        for gap, text in zip(blocks[::2], blocks[1::2], strict=True):
            position += gap
            yield ChromeRow(rule_id, stage, kind, position, text)


def with_packed_chrome(extraction: Extraction) -> Extraction:
    """The extraction with its chrome packed."""
    if not extraction.chrome:
        return extraction
    return replace(extraction, chrome=(), packed_chrome=pack_chrome(extraction.chrome))
