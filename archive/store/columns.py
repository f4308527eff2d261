"""Values of the scraper as columns of the archive, and back.

Columns hold plain text, ISO 8601 times in UTC and JSON arrays. SQLite cannot store lone surrogates, and its functions
cut texts at NUL. Each such character becomes one U+FFFD, so that offsets stay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scraper.text.patterns import lazy_pattern
from scraper.types import BODY_KINDS, Block

if TYPE_CHECKING:
    from archive.store.near_index import NearIndex

DAY_SECONDS: Final = 86_400.0

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_EXTRAS: Final = ("markup", "level", "image", "credit", "source", "marker")
"""Attributes of a block that most blocks lack; only present ones are stored."""
_extras: Final = attrgetter(*_EXTRAS)
_UNSTORABLE: Final = lazy_pattern("[\0\ud800-\udfff]")


def plain(text: str) -> str:
    r"""The text as SQLite can hold it.

    >>> plain("a\x00b")
    'a\ufffdb'
    """
    if "\0" not in text:
        if text.isascii():
            return text
        try:
            text.encode()  # many times as fast as the pattern
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _UNSTORABLE.sub("\ufffd", text)


@lru_cache(1000)
def iso(moment: datetime) -> str:
    """The time in UTC, to the second; a time without a zone is taken as UTC.

    >>> iso(datetime.fromisoformat("2016-12-13T18:06:00-05:00"))
    '2016-12-13T23:06:00Z'
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        aware = aware.astimezone(UTC)
    except OverflowError:  # year 1 or 9999 with an offset: only the date means anything
        aware = aware.replace(tzinfo=UTC)
    return aware.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def iso_or_none(moment: datetime | None) -> str | None:
    """The time as `iso` writes it; None for None."""
    return None if moment is None else iso(moment)


def moment(text: str | None) -> datetime | None:
    """The aware time that `iso` wrote; None for None."""
    return None if text is None else datetime.fromisoformat(text)


def array(values: Sequence[Any]) -> str:
    """A JSON array with unescaped letters, its strings as SQLite can hold them."""
    if not values:
        return "[]"
    packed = _ENCODER.encode(values)
    if "\\u0000" in packed or (not packed.isascii() and _UNSTORABLE.search(packed)):
        packed = _ENCODER.encode(_plain_all(values))
    return packed


def _plain_all(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {key: _plain_all(part) for key, part in value.items()}
    return [_plain_all(part) for part in value] if isinstance(value, (list, tuple)) else value


def names(column: str) -> tuple[str, ...]:
    """The strings of a JSON array."""
    return tuple(json.loads(column))


def fingerprint(text: str) -> str:
    """A hash of the text's words; white space does not matter.

    >>> fingerprint("a  b\\n\\nc") == fingerprint("a b c")
    True
    """
    return fingerprint_of(plain(text).split())


def fingerprint_of(words: Sequence[str]) -> str:
    """The fingerprint of a text that SQLite can hold, from its words."""
    return hashlib.blake2b(" ".join(words).encode(), digest_size=16).hexdigest()


class PlainText(NamedTuple):
    """A text as SQLite can hold it, its number of words and its fingerprint."""

    text: str
    words: int
    fingerprint: str


def plain_text(text: str) -> PlainText:
    """The text with its word count and fingerprint.

    >>> plain_text("One  two")[:2]
    ('One  two', 2)
    """
    stored = plain(text)
    words = stored.split()
    return PlainText(stored, len(words), fingerprint_of(words))


def pack_blocks(blocks: Sequence[Block], text: str) -> str:
    """Blocks as JSON without the article's text: a body block is an offset and a length in `text`.

    Other blocks contain their own text. `text` is the article's text as stored.
    """
    rows: list[dict[str, Any]] = []
    cursor = 0
    for block in blocks:
        own = plain(block.text)
        if block.kind in BODY_KINDS:
            at = text.index(own, cursor)
            cursor = at + len(own)
            row: dict[str, Any] = {"kind": block.kind, "position": block.position, "at": at, "chars": len(own)}
        else:
            row = {"kind": block.kind, "position": block.position, "text": own}
        extras = _extras(block)
        if any(extras):
            row |= {key: value for key, value in zip(_EXTRAS, extras, strict=True) if value}
        rows.append(row)
    return array(rows)  # all rows at once: a call of the encoder for each takes three times as long


def unpack_blocks(column: str, text: str) -> tuple[Block, ...]:
    """The blocks that `pack_blocks` stored."""
    blocks: list[Block] = []
    for row in json.loads(column):
        if "at" in row:
            at = row.pop("at")
            row["text"] = text[at : at + row.pop("chars")]
        blocks.append(Block(**row))
    return tuple(blocks)


@dataclass(frozen=True, slots=True)
class Visit:
    """The run and the time (ISO 8601 UTC) of a write.

    `revisit_delays` are the seconds from the first fetch of a page to each refetch, by source. With `near`, new articles and
    their keys are indexed at the transaction's end.
    """

    run: int
    at: str
    revisit_delays: Mapping[str, Sequence[float]] = field(default_factory=dict)
    near: NearIndex | None = None

    @property
    def time(self) -> datetime:
        """The time as a value."""
        return datetime.fromisoformat(self.at)
