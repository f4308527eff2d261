"""Near-duplicates: texts of different sites that tell one story in much the same words, found by an index of hashes.

A text becomes the set of its shingles: the hashes of each run of four words. The eight smallest hashes are the text's keys (a
bottom-k sketch: Broder, "On the resemblance and containment of documents", 1997). The table `shingles` holds the keys of
each revision. Two texts that share half of their wording have no common key in 4 of 1,000 cases. Texts with a common key
are compared in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlite_utils import Database

from scraper.text.invisible import without_joiners
from scraper.text.scripts import UNSPACED

Hashes = npt.NDArray[np.uint64]

SHINGLE_WORDS: Final = 4
SHINGLE_LETTERS: Final = 10
"""Letters of a shingle in scripts without spaces: about four words of Japanese or Chinese."""

KEYS_PER_TEXT: Final = 8
KEY_BITS: Final = 31
MAX_CHARS: Final = 200_000
"""Size limit of a compared text. Of a longer text (a book, a log) only the beginning is compared."""

CHUNK_CHARS: Final = 25_000
"""Characters that are hashed together: their arrays fit in the processor's cache, which takes a fifth off the time."""

MAX_REVISIONS_PER_KEY: Final = 32
MAX_COMPARED_ARTICLES: Final = 12
"""A common phrase ("told reporters in a statement") is a key of many articles. Of these, the oldest are candidates, and the
candidates with most common keys are compared. A comparison takes a tenth of a millisecond."""

MAX_LINKS: Final = 8
"""A story on a hundred sites is linked with the most similar articles only."""

MIN_CONTAINED_SHARE: Final = 0.4
"""Share of the shorter text's shingles in the longer text, from which the two texts tell one story."""

MIN_SHINGLES: Final = 30
"""Shorter texts share phrases by chance."""

STRETCH_BITS: Final = 16
"""Revisions of one stretch, as a power of two. Keys are random: in one index of a million articles each key of a new
article would change a database page of its own. Within a stretch, new keys share pages. A look-up reads every stretch."""

_UNLINK: Final = "DELETE FROM near WHERE article_id = ? OR other_id = ?"
_LINK: Final = "INSERT INTO near (article_id, other_id, similarity, contained) VALUES (?, ?, ?, ?)"

_BASE: Final = 0x9E3779B97F4A7C15
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_PLACES: Final = np.array([0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3], np.uint64)
"""Odd 64-bit numbers without a pattern, from the mixers of splitmix64 and wyhash."""

_SPACED: Final = 1
_UNSPACED: Final = 2


@dataclass(frozen=True, slots=True)
class Likeness:
    """The shingles that two texts have in common: as a share of all their shingles, and of the shorter text's shingles.

    `size` is the number of different shingles of the shorter text.
    """

    similarity: float
    contained: float
    size: int


def shingles(text: str) -> Hashes:
    """Hashes of the text's shingles, smallest first, each once; empty for a text shorter than one shingle.

    Case, white space and punctuation do not matter.

    >>> len(shingles("The harbour will be dredged, he said."))
    4
    >>> bool((shingles("One two, three FOUR") == shingles("one two three four")).all())
    True
    """
    return shingles_of((text,))[0]


def shingles_of(texts: Sequence[str]) -> list[Hashes]:
    """The shingles of several texts at once, which is faster for short texts."""
    found: list[Hashes] = []
    for chunk in _chunks(texts):
        found += _shingles_of_chunk(chunk)
    return found


def _chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts truncated to MAX_CHARS, batched up to CHUNK_CHARS characters."""
    chunk: list[str] = []
    size = 0
    for text in texts:
        if chunk and size + len(text) > CHUNK_CHARS:
            yield chunk
            chunk, size = [], 0
        chunk.append(text[:MAX_CHARS])
        size += len(chunk[-1])
    if chunk:
        yield chunk


def _shingles_of_chunk(texts: Sequence[str]) -> list[Hashes]:
    encoded = [without_joiners(text).lower().encode("utf-32-le", "replace") for text in texts]
    letters = np.frombuffer(b"\0\0\0\0".join(encoded), np.uint32)
    kinds = _kinds_of_letters().take(letters, mode="clip")  # all beyond the basic plane are as its last character
    any_unspaced = bool((kinds == _UNSPACED).any())
    words, starts = _words(letters, kinds > 0)
    runs = _runs(words, SHINGLE_WORDS)
    ends = np.cumsum([len(part) // 4 + 1 for part in encoded])
    bounds = np.searchsorted(starts, ends).tolist()
    found: list[Hashes] = []
    for number, (end, last) in enumerate(zip(ends.tolist(), bounds, strict=True)):
        begin, first = (int(ends[number - 1]), bounds[number - 1]) if number else (0, 0)
        own = kinds[begin : end - 1]
        if any_unspaced and 2 * np.count_nonzero(own == _UNSPACED) > np.count_nonzero(own):
            signs = letters[begin : end - 1][own > 0].astype(np.uint64)
            found.append(_each_once(_runs(_mixed(signs), SHINGLE_LETTERS)))
        else:
            found.append(_each_once(runs[first : max(first, last - SHINGLE_WORDS + 1)]))
    return found


def keys_of(hashes: Hashes) -> list[int]:
    """The keys of a text in the index: the lower 31 bits of its smallest hashes, which SQLite stores in four bytes."""
    return sorted({number & (1 << KEY_BITS) - 1 for number in hashes[:KEYS_PER_TEXT].tolist()})


def likeness(one: Hashes, other: Hashes) -> Likeness:
    """The wording that two texts have in common."""
    fewer = min(len(one), len(other))
    common = 0
    if fewer:  # each is sorted and has no hash twice, so this is an intersection, in a quarter of numpy's time
        common = int(np.count_nonzero(one[np.minimum(np.searchsorted(one, other), len(one) - 1)] == other))
    return Likeness(common / max(1, len(one) + len(other) - common), common / max(1, fewer), fewer)


def same_story(like: Likeness) -> bool:
    """Whether two texts tell one story, such as a wire report that one site cut and another extended."""
    return like.size >= MIN_SHINGLES and like.contained >= MIN_CONTAINED_SHARE


def link_near(db: Database, article_id: int, found: list[tuple[int, Likeness]], *, replaces_text: bool = False) -> None:
    """Link the article with those that tell its story; `replaces_text` replaces the links of its earlier text."""
    if replaces_text:
        db.conn.execute(_UNLINK, (article_id, article_id))
    insert_near(db, near_rows(article_id, found))


NearRow = tuple[int, int, float, float]


def near_rows(article_id: int, found: Sequence[tuple[int, Likeness]]) -> list[NearRow]:
    """The links of an article with those that tell its story."""
    return [
        (max(article_id, other), min(article_id, other), round(like.similarity, 3), round(like.contained, 3))
        for other, like in found
    ]


def insert_near(db: Database, rows: Sequence[NearRow]) -> None:
    """Write links of articles that tell one story."""
    db.conn.executemany(_LINK, rows)


def _runs(words: Hashes, length: int) -> Hashes:
    """One 48-bit hash for each run of `length` words."""
    if len(words) < length:
        return np.empty(0, np.uint64)
    count = len(words) - length + 1
    total = np.zeros(count, np.uint64)
    for place in range(length):
        total = total * _PLACES[1] + words[place : place + count] * _PLACES[place % 4]
    return _mixed(total) >> np.uint64(16)


def _each_once(hashes: Hashes) -> Hashes:
    """The hashes smallest first, each once; np.unique takes six times as long."""
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def _words(letters: npt.NDArray[np.uint32], inside: npt.NDArray[np.bool_]) -> tuple[Hashes, npt.NDArray[np.intp]]:
    """A hash of each word, and the index of its first letter. The hash is a polynomial over the letters."""
    bounded = np.zeros(len(inside) + 2, np.bool_)
    bounded[1:-1] = inside
    edges = (bounded[1:] != bounded[:-1]).nonzero()[0]
    starts, ends = edges[::2], edges[1::2]
    powers, inverses = _powers(1 << max(10, len(letters).bit_length()))
    sums = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(letters * powers[: len(letters)], out=sums[1:])
    return _mixed((sums[ends] - sums[starts]) * inverses[starts]), starts


def _mixed(numbers: Hashes) -> Hashes:
    """Numbers spread over 64 bits."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * _MIX
    return mixed ^ (mixed >> np.uint64(31))


@cache
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The base's powers modulo 2^64, and their inverses."""
    inverse = pow(_BASE, -1, 1 << 64)
    both: list[Any] = []
    for base in (_BASE, inverse):
        powers = np.full(count, base, np.uint64)
        powers[0] = 1
        both.append(np.cumprod(powers))
    return both[0], both[1]


@cache
def _kinds_of_letters() -> npt.NDArray[np.uint8]:
    """For each character of the basic plane: 0 not in a word, 1 a letter, digit or accent, 2 a script without spaces."""
    kinds = np.array([chr(code).isalnum() for code in range(0x10000)], np.uint8)
    kinds[0xFFFF] = _SPACED  # stands for all characters beyond the basic plane
    kinds[0x0300:0x0370] = _SPACED  # combining accents
    kinds[[code for code in range(0xAC00) if UNSPACED.match(chr(code)) and kinds[code]]] = (
        _UNSPACED  # Korean has spaces
    )
    return kinds
