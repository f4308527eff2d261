"""Frozen code of m006: near-duplicates and scripts without spaces, as saving an article indexed them then.

The functions give the keys that `archive.store.near_duplicates` gives, in plain Python. Never edit them: when the keys
of new texts change, a new migration makes the keys of all texts anew.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import mul
from typing import Final

from sqlite_utils import Database

UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Characters of texts that are searched by parts of sentences."""
UNSPACED_SIGN: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Characters of texts whose shingles are runs of characters: Korean sets spaces between words."""

SHINGLE_WORDS: Final = 4
SHINGLE_SIGNS: Final = 10
MAX_CHARS: Final = 200_000
KEYS: Final = 8
MAX_REVISIONS_PER_KEY: Final = 32
MAX_COMPARED: Final = 12
MAX_LINKS: Final = 8
MIN_SHINGLES: Final = 30
MIN_CONTAINED: Final = 0.4
"""Two texts tell one story if the shorter one has this many shingles, and the other text has this share of them."""

BITS: Final = (1 << 64) - 1
BASE: Final = 0x9E3779B97F4A7C15
MIX: Final = 0xBF58476D1CE4E5B9
PLACES: Final = (0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3)

NEWEST: Final = """
SELECT articles.id, revisions.id, articles.host, articles.title, articles.authors, articles.text
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
WHERE articles.id > ? ORDER BY articles.id LIMIT 200"""
SHARING: Final = f"SELECT revision_id FROM shingles WHERE key = ? LIMIT {MAX_REVISIONS_PER_KEY}"
OTHER: Final = """
SELECT articles.id, articles.text FROM revisions JOIN articles ON articles.id = revisions.article_id
WHERE revisions.id = ? AND articles.host <> ?"""
LINK: Final = "INSERT INTO near (article_id, other_id, similarity, contained) VALUES (?, ?, ?, ?)"


LAST_ARTICLE: Final = "SELECT max(id) FROM articles"


def index_articles(db: Database, after: int) -> int | None:
    """Make the newest text of each of the next articles findable, oldest article first: a part of a `Step`."""
    batch = db.conn.execute(NEWEST, (after,)).fetchall()
    for article_id, revision_id, host, *texts in batch:
        if any(UNSPACED.search(text) for text in texts):
            db.conn.execute("INSERT OR IGNORE INTO unspaced (id) VALUES (?)", (article_id,))
        hashes = shingles(texts[-1])
        link_near(db, article_id, hashes, host)
        rows = [(key, revision_id) for key in keys_of(hashes)]
        db.conn.executemany("INSERT INTO shingles (key, revision_id) VALUES (?, ?)", rows)
    return int(batch[-1][0]) if batch else None


def link_near(db: Database, article_id: int, hashes: Sequence[int], host: str) -> None:
    """Link an article with the earlier articles of other hosts that tell its story, those most like it."""
    found = []
    for other_id, text in candidates(db, hashes, host):
        others = shingles(text)
        common, fewer = len(set(hashes) & set(others)), min(len(hashes), len(others))
        if fewer >= MIN_SHINGLES and common / fewer >= MIN_CONTAINED:
            found.append((common / (len(hashes) + len(others) - common), other_id, common / fewer))
    for similarity, other_id, contained in sorted(found, key=lambda row: (-row[0], row[1]))[:MAX_LINKS]:
        pair = (max(article_id, other_id), min(article_id, other_id))
        db.conn.execute(LINK, (*pair, round(similarity, 3), round(contained, 3)))


def candidates(db: Database, hashes: Sequence[int], host: str) -> Iterator[tuple[int, str]]:
    """Articles of other hosts with keys in common, those with most keys first, and their texts."""
    shared: Counter[int] = Counter()
    for key in keys_of(hashes):
        shared.update(revision_id for (revision_id,) in db.conn.execute(SHARING, (key,)))
    seen: set[int] = set()
    for revision_id, _ in shared.most_common():
        other = db.conn.execute(OTHER, (revision_id, host)).fetchone()
        if other and other[0] not in seen:
            seen.add(other[0])
            yield other
        if len(seen) == MAX_COMPARED:
            return


def keys_of(hashes: Sequence[int]) -> list[int]:
    """Keys of a text's shingles: the lower 31 bits of the smallest."""
    return sorted({number & 0x7FFFFFFF for number in hashes[:KEYS]})


def shingles(text: str) -> list[int]:
    """Hashes of the text's shingles, smallest first, each once."""
    words = text[:MAX_CHARS].lower().translate(_LETTERS).split(" ")
    signs = "".join(words)
    if 2 * len(UNSPACED_SIGN.findall(signs)) > len(signs):
        return runs([mixed(ord(sign)) for sign in signs], SHINGLE_SIGNS)
    return runs([hash_word(word) for word in words if word], SHINGLE_WORDS)


def runs(words: Sequence[int], length: int) -> list[int]:
    """One hash for each run of this many words."""
    factors = [PLACES[place % 4] * PLACES[1] ** (length - 1 - place) & BITS for place in range(length)]
    places = [words[place:] for place in range(length)]
    return sorted({mixed(sum(map(mul, factors, run)) & BITS) >> 16 for run in zip(*places, strict=False)})


@lru_cache(100_000)
def hash_word(word: str) -> int:
    """A polynomial over the word's letters."""
    total, power = 0, 1
    for letter in word:
        total, power = total + ord(letter) * power, power * BASE & BITS
    return mixed(total & BITS)


def mixed(number: int) -> int:
    """A number spread over 64 bits."""
    number = (number ^ (number >> 30)) * MIX & BITS
    return number ^ (number >> 31)


class _Letters(dict[int, int]):
    """For `str.translate`: letters, digits and accents as they are, a space for all else."""

    def __missing__(self, code: int) -> int:
        inside = code >= 0xFFFF or 0x0300 <= code < 0x0370 or chr(code).isalnum()
        self[code] = code if inside else 0x20
        return self[code]


_LETTERS: Final = _Letters()
