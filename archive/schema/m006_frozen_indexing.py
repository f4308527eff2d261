"""Frozen code of m006: near-duplicates and scripts without spaces, as saving an article indexed them then.

Keys are made by the thousand, and only keys that an earlier text may have are looked up. `SeenKeys` says which, and is filled
anew from the table after a kill. The texts that a part is compared with are hashed together, in half the time that each took by
itself. Never edit what the functions make: when the keys of new texts change, a new migration makes the keys of all texts anew.
"""

from __future__ import annotations

import json
import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from archive.schema.m012_near_keys import begin, move_keys

if TYPE_CHECKING:
    from archive.schema.m006_frozen_shingles import Hashes, SeenKeys

UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Characters of texts that are searched by parts of sentences."""

MAX_REVISIONS_PER_KEY: Final = 32
MAX_COMPARED: Final = 12
MAX_LINKS: Final = 8
MIN_SHINGLES: Final = 30
MIN_CONTAINED: Final = 0.4
"""Two texts tell one story if the shorter one has this many shingles, and the other text has this share of them."""

PART: Final = 1000
PART_CHARS: Final = 10_000_000
"""Articles of one part, a third of a second, and their characters, from which a part takes no further article."""
NEWEST: Final = """
SELECT articles.id, revisions.id, articles.host, articles.title, articles.authors, articles.text
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
WHERE articles.id > ? ORDER BY articles.id LIMIT ?"""
SHARING: Final = f"""
WITH RECURSIVE stretches (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM stretches WHERE n < :last)
SELECT revision_id FROM stretches CROSS JOIN shingles WHERE stretch = n AND key = :key LIMIT {MAX_REVISIONS_PER_KEY}"""
OTHER: Final = """
SELECT articles.id FROM revisions JOIN articles ON articles.id = revisions.article_id
WHERE revisions.id = ? AND articles.host <> ?"""
TEXTS: Final = "SELECT id, text FROM articles WHERE id IN (SELECT value FROM json_each(?))"
TEXTS_TOGETHER: Final = 50
"""Texts that are read and hashed together."""
LINK: Final = "INSERT INTO near (article_id, other_id, similarity, contained) VALUES (?, ?, ?, ?)"
ADD_KEY: Final = "INSERT INTO shingles (stretch, key, revision_id) VALUES (?, ?, ?)"

LAST_ARTICLE: Final = "SELECT max(id) FROM articles"
LAST_STRETCH: Final = "SELECT max(stretch) FROM shingles"
STRETCH_BITS: Final = 16


def index_articles(db: Database, after: int) -> int | None:
    """Make the newest text of each of the next articles findable, oldest article first: a part of a `Step`."""
    from archive.schema.m006_frozen_shingles import keys_of, shingles_of

    move_early_keys(db)
    batch = next_articles(db, after)
    hashes = shingles_of([row[-1] for row in batch])
    keys = [keys_of(own) for own in hashes]
    shared = shared_keys(db, after, keys)
    known = [([key for key in own if key in shared], host) for own, (_, _, host, *_) in zip(keys, batch, strict=True)]
    read_candidates(db, known)
    added: list[tuple[int, int, int]] = []
    rows = zip(batch, hashes, keys, known, strict=True)
    for (article_id, revision_id, host, *texts), own, all_keys, (lookups, _) in rows:
        if any(not text.isascii() and UNSPACED.search(text) for text in texts):
            db.conn.execute("INSERT OR IGNORE INTO unspaced (id) VALUES (?)", (article_id,))
        if lookups:
            add_keys(db, added)
            link_near(db, article_id, own, lookups, host)
        added += [(revision_id >> STRETCH_BITS, key, revision_id) for key in all_keys]
    add_keys(db, added)
    if not batch:
        SEEN.pop(db, None)
        return None
    reached = int(batch[-1][0])
    SEEN[db] = SEEN[db]._replace(upto=reached)
    return reached


def next_articles(db: Database, after: int) -> list[tuple[Any, ...]]:
    """The articles of the next part: their columns in `NEWEST`."""
    batch: list[tuple[Any, ...]] = []
    chars = 0
    for row in db.conn.execute(NEWEST, (after, PART)):
        batch.append(row)
        chars += len(row[-1])
        if chars > PART_CHARS:
            break
    return batch


def move_early_keys(db: Database) -> None:
    """Bring the table to the form of m012, if an earlier version was killed after it had begun m006 with another form."""
    if "stretch" in db["shingles"].columns_dict:
        return
    begin(db, 0)
    stretch: int | None = 0
    while stretch is not None:
        stretch = move_keys(db, stretch)
    db.conn.execute("DROP TABLE shingles_before")


class Compared:
    """The shingles of texts that were compared, by article: as many as fit, without those not asked for longest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Hashes] = OrderedDict()
        self.bytes = 0

    def __contains__(self, article_id: int) -> bool:
        return article_id in self._kept

    def __getitem__(self, article_id: int) -> Hashes:
        self._kept.move_to_end(article_id)
        return self._kept[article_id]

    def keep(self, article_id: int, hashes: Hashes) -> None:
        """Keep the shingles of an article that has none here."""
        self._kept[article_id] = hashes
        self.bytes += hashes.nbytes
        while self.bytes > MAX_KEPT_BYTES and len(self._kept) > 1:
            self.bytes -= self._kept.popitem(last=False)[1].nbytes


class Seen(NamedTuple):
    """What was indexed up to an article: its keys, and the shingles of texts that were compared."""

    upto: int
    keys: SeenKeys
    compared: Compared


MAX_KEPT_BYTES: Final = 48_000_000
"""Shingles of compared texts in memory: of 20,000 texts of 300 words. The same texts are compared with many others."""
SEEN: Final[WeakKeyDictionary[Database, Seen]] = WeakKeyDictionary()
"""By connection, so that a part need not read what the part before read."""


def shared_keys(db: Database, after: int, keys: Sequence[Sequence[int]]) -> set[int]:
    """The keys that several texts may have: two of these, or one of these and one that was indexed before."""
    import numpy as np

    flat = np.array([key for own in keys for key in own], np.int64)
    seen = seen_until(db, after)
    distinct, first = np.unique(flat, return_index=True)
    again = np.ones(len(flat), np.bool_)
    again[first] = False
    found = set(flat[again | seen.may_have(flat)].tolist())
    seen.add(distinct)
    return found


def seen_until(db: Database, after: int) -> SeenKeys:
    """The keys that were indexed up to an article: of this process, or of the table if another process indexed them."""
    import numpy as np

    from archive.schema.m006_frozen_shingles import SeenKeys

    seen = SEEN.get(db)
    if seen is None or seen.upto != after:
        seen = SEEN[db] = Seen(after, SeenKeys(), Compared())
        rows = db.conn.execute("SELECT key FROM shingles")
        while some := rows.fetchmany(100_000):
            seen.keys.add(np.array(some, np.int64)[:, 0])
    return seen.keys


def add_keys(db: Database, rows: list[tuple[int, int, int]]) -> None:
    """Add keys to the table, and empty the list."""
    db.conn.executemany(ADD_KEY, sorted(rows))
    rows.clear()


def link_near(db: Database, article_id: int, hashes: Hashes, keys: Sequence[int], host: str) -> None:
    """Link an article with the earlier articles of other hosts that tell its story, those most like it."""
    from archive.schema.m006_frozen_shingles import count_common

    found = []
    for other_id in candidates(db, keys, host):
        others = shingles_of_article(db, other_id)
        common, fewer = count_common(hashes, others), min(len(hashes), len(others))
        if fewer >= MIN_SHINGLES and common / fewer >= MIN_CONTAINED:
            found.append((common / (len(hashes) + len(others) - common), other_id, common / fewer))
    for similarity, other_id, contained in sorted(found, key=lambda row: (-row[0], row[1]))[:MAX_LINKS]:
        pair = (max(article_id, other_id), min(article_id, other_id))
        db.conn.execute(LINK, (*pair, round(similarity, 3), round(contained, 3)))


def shingles_of_article(db: Database, article_id: int) -> Hashes:
    """The shingles of an article's newest text, which does not change while m006 works."""
    kept = SEEN[db].compared
    if article_id not in kept:
        read_texts(db, [article_id])
    return kept[article_id]


def read_candidates(db: Database, known: Iterable[tuple[Sequence[int], str]]) -> None:
    """Read what articles will be compared with, given their keys and host, as far as the index has it already."""
    kept = SEEN[db].compared
    wanted = sorted({one for keys, host in known if keys for one in candidates(db, keys, host) if one not in kept})
    room = MAX_KEPT_BYTES
    for first in range(0, len(wanted), TEXTS_TOGETHER):
        if room <= 0:  # more would push out what was just read
            return
        room -= read_texts(db, wanted[first : first + TEXTS_TOGETHER])


def read_texts(db: Database, articles: Sequence[int]) -> int:
    """Hash the newest texts of articles together, and keep their shingles; return the bytes of these."""
    from archive.schema.m006_frozen_shingles import MAX_CHARS, shingles_of

    texts = {number: text[:MAX_CHARS] for number, text in db.conn.execute(TEXTS, (json.dumps(articles),))}
    found = shingles_of(list(texts.values()))
    for article_id, hashes in zip(texts, found, strict=True):
        SEEN[db].compared.keep(article_id, hashes)
    return sum(hashes.nbytes for hashes in found)


def candidates(db: Database, keys: Sequence[int], host: str) -> Iterator[int]:
    """Articles of other hosts with keys in common, those with most keys first."""
    shared: Counter[int] = Counter()
    (last,) = db.conn.execute(LAST_STRETCH).fetchone()
    for key in keys:
        rows: Any = db.conn.execute(SHARING, {"key": key, "last": last or 0})
        shared.update(revision_id for (revision_id,) in rows)
    seen: set[int] = set()
    for revision_id, _ in shared.most_common():
        other = db.conn.execute(OTHER, (revision_id, host)).fetchone()
        if other and other[0] not in seen:
            seen.add(other[0])
            yield other[0]
        if len(seen) == MAX_COMPARED:
            return
