"""Frozen code of m006: the keys of texts, as `archive.store.near_duplicates` made them then, for many texts at once.

Imported when m006 works, since numpy takes a tenth of a second to import. Never edit what the functions return.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

UNSPACED_SIGN: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Characters of texts whose shingles are runs of characters: Korean sets spaces between words."""

SHINGLE_WORDS: Final = 4
SHINGLE_SIGNS: Final = 10
MAX_CHARS: Final = 200_000
CHUNK_CHARS: Final = 25_000
"""Characters that are hashed together: their arrays fit in the processor's cache."""
KEYS: Final = 8

BASE: Final = 0x9E3779B97F4A7C15
MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
PLACES: Final = np.array([0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3], np.uint64)
SPACED: Final = 1
UNSPACED: Final = 2


def keys_of(hashes: Hashes) -> list[int]:
    """Keys of a text's shingles: the lower 31 bits of the smallest."""
    return sorted({number & 0x7FFFFFFF for number in hashes[:KEYS].tolist()})


def shingles_of(texts: Sequence[str]) -> list[Hashes]:
    """The hashes of the shingles of each text, smallest first, each once."""
    found: list[Hashes] = []
    for chunk in chunks(texts):
        found += shingles_of_chunk(chunk)
    return found


def chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """The beginnings of the texts, together up to CHUNK_CHARS characters."""
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


def count_common(one: Hashes, others: Sequence[Hashes]) -> list[int]:
    """The number of hashes that a text has in common with each other text. A text has every hash once, smallest first."""
    if not len(one) or not others:
        return [0] * len(others)
    joined = np.concatenate(others)
    common = one[np.minimum(np.searchsorted(one, joined), len(one) - 1)] == joined
    sums = np.zeros(len(joined) + 1, np.int64)
    np.cumsum(common, out=sums[1:])
    ends = sums[np.cumsum([0, *map(len, others)])]
    counts: list[int] = np.diff(ends).tolist()
    return counts


def shingles_of_chunk(texts: Sequence[str]) -> list[Hashes]:
    """The shingles of texts that are not too long together."""
    encoded = [text.lower().encode("utf-32-le", "replace") for text in texts]
    letters = np.frombuffer(b"\0\0\0\0".join(encoded), np.uint32)
    kinds = kinds_of_letters().take(letters, mode="clip")
    any_unspaced = bool((kinds == UNSPACED).any())
    words, starts = hash_words(letters, kinds > 0)
    hashes = runs(words, SHINGLE_WORDS)
    ends = np.cumsum([len(part) // 4 + 1 for part in encoded])
    bounds = np.searchsorted(starts, ends).tolist()
    found: list[Hashes] = []
    for number, (end, last) in enumerate(zip(ends.tolist(), bounds, strict=True)):
        begin, first = (int(ends[number - 1]), bounds[number - 1]) if number else (0, 0)
        own = kinds[begin : end - 1]
        if any_unspaced and 2 * np.count_nonzero(own == UNSPACED) > np.count_nonzero(own):
            signs = letters[begin : end - 1][own > 0].astype(np.uint64)
            found.append(each_once(runs(mixed(signs), SHINGLE_SIGNS)))
        else:
            found.append(each_once(hashes[first : max(first, last - SHINGLE_WORDS + 1)]))
    return found


def runs(words: Hashes, length: int) -> Hashes:
    """One hash for each run of this many words."""
    if len(words) < length:
        return np.empty(0, np.uint64)
    count = len(words) - length + 1
    total = np.zeros(count, np.uint64)
    for place in range(length):
        total = total * PLACES[1] + words[place : place + count] * PLACES[place % 4]
    return mixed(total) >> np.uint64(16)


def each_once(hashes: Hashes) -> Hashes:
    """The hashes smallest first, each once."""
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def hash_words(letters: npt.NDArray[np.uint32], inside: npt.NDArray[np.bool_]) -> tuple[Hashes, npt.NDArray[np.intp]]:
    """A polynomial over the letters of each word, and the index of the word's first letter."""
    bounded = np.zeros(len(inside) + 2, np.bool_)
    bounded[1:-1] = inside
    edges = (bounded[1:] != bounded[:-1]).nonzero()[0]
    starts, ends = edges[::2], edges[1::2]
    powers, inverses = powers_of_base(1 << max(10, len(letters).bit_length()))
    sums = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(letters * powers[: len(letters)], out=sums[1:])
    return mixed((sums[ends] - sums[starts]) * inverses[starts]), starts


def mixed(numbers: Hashes) -> Hashes:
    """Numbers spread over 64 bits."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * MIX
    return numbers ^ (numbers >> np.uint64(31))


@cache
def powers_of_base(count: int) -> tuple[Hashes, Hashes]:
    """The base's powers modulo 2^64, and their inverses."""
    both: list[Any] = []
    for base in (BASE, pow(BASE, -1, 1 << 64)):
        powers = np.full(count, base, np.uint64)
        powers[0] = 1
        both.append(np.cumprod(powers))
    return both[0], both[1]


@cache
def kinds_of_letters() -> npt.NDArray[np.uint8]:
    """For each character of the basic plane: 0 not in a word, 1 a letter, digit or accent, 2 a script without spaces."""
    kinds = np.array([chr(code).isalnum() for code in range(0x10000)], np.uint8)
    kinds[0xFFFF] = SPACED  # stands for all characters beyond the basic plane
    kinds[0x0300:0x0370] = SPACED  # combining accents
    kinds[[code for code in range(0xAC00) if UNSPACED_SIGN.match(chr(code)) and kinds[code]]] = UNSPACED
    return kinds


class SeenKeys:
    """A set of keys in 32 MB, which may hold keys that were never added: at most 4 of 100 with eight million keys in it."""

    BITS: Final = 28

    def __init__(self) -> None:
        self.bits = np.zeros(1 << (self.BITS - 3), np.uint8)

    def add(self, keys: npt.NDArray[np.int64]) -> None:
        """Add keys, each of 31 bits."""
        places = keys & ((1 << self.BITS) - 1)
        np.bitwise_or.at(self.bits, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))

    def may_have(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of the keys may have been added."""
        places = keys & ((1 << self.BITS) - 1)
        found: npt.NDArray[np.bool_] = (self.bits[places >> 3] >> (places & 7).astype(np.uint8)) & 1 > 0
        return found
