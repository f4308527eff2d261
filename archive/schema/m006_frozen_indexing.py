"""Frozen code of m006: near-duplicates and scripts without spaces, as saving an article indexed them then.

Keys are made by the thousand, and only keys that an earlier text may have are looked up. `SeenKeys` says which, and is filled
anew from the table after a kill. The texts that a part is compared with are hashed together, in half the time that each took by
itself. Never edit what the functions make: when the keys of new texts change, a new migration makes the keys of all texts anew.
"""

from __future__ import annotations

import json
import re
from bisect import insort
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
SELECT value, (
  SELECT group_concat(revision_id) FROM (
    SELECT revision_id FROM (VALUES {{stretches}}) AS stretches CROSS JOIN shingles
    WHERE stretch = stretches.column1 AND shingles.key = wanted.value LIMIT {MAX_REVISIONS_PER_KEY}
  )
)
FROM json_each(?) AS wanted"""
"""The revisions with each of some keys, lowest first; empty for a key that none has."""
OWNERS: Final = """
SELECT revisions.id, articles.id, articles.host
FROM json_each(?) CROSS JOIN revisions ON revisions.id = value CROSS JOIN articles ON articles.id = revisions.article_id"""
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
    earlier = Earlier(db, shared)
    alike: dict[int, list[int]] = {}
    for (article_id, revision_id, host, *texts), own_keys in zip(batch, keys, strict=True):
        if any(not text.isascii() and UNSPACED.search(text) for text in texts):
            db.conn.execute("INSERT OR IGNORE INTO unspaced (id) VALUES (?)", (article_id,))
        lookups = [key for key in own_keys if key in shared]
        if others := earlier.candidates(lookups, host):
            alike[article_id] = others
        earlier.add(lookups, revision_id, Owner(article_id, host))
    link_near(db, dict(zip((row[0] for row in batch), hashes, strict=True)), alike)
    rows = [
        (row[1] >> STRETCH_BITS, key, row[1]) for row, own_keys in zip(batch, keys, strict=True) for key in own_keys
    ]
    db.conn.executemany(ADD_KEY, sorted(rows))
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
        """Keep the shingles of an article."""
        if article_id in self._kept:
            return
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


class Owner(NamedTuple):
    """The article of a revision, and its host."""

    article_id: int
    host: str


class Earlier:
    """Which revisions have the keys of a part: those in the table, and those of the part that were added here."""

    def __init__(self, db: Database, keys: Iterable[int]) -> None:
        (last,) = db.conn.execute(LAST_STRETCH).fetchone()
        sharing = SHARING.format(stretches=", ".join(f"({stretch})" for stretch in range((last or 0) + 1)))
        found = db.conn.execute(sharing, (json.dumps(list(keys)),))
        self._having = {key: [int(one) for one in listed.split(",")] for key, listed in found if listed}
        revisions = {one for own in self._having.values() for one in own}
        owners = db.conn.execute(OWNERS, (json.dumps(list(revisions)),))
        self._owners = {revision_id: Owner(*owner) for revision_id, *owner in owners}

    def candidates(self, keys: Iterable[int], host: str) -> list[int]:
        """Articles of other hosts with keys in common, those with most keys first."""
        shared: Counter[int] = Counter()
        for key in keys:
            shared.update(self._having.get(key, ()))
        found: dict[int, None] = {}
        for revision_id, _ in shared.most_common():
            owner = self._owners.get(revision_id)
            if owner and owner.host != host:
                found[owner.article_id] = None
            if len(found) == MAX_COMPARED:
                break
        return list(found)

    def add(self, keys: Iterable[int], revision_id: int, owner: Owner) -> None:
        """Add a revision of the part, as if the table had its keys."""
        self._owners[revision_id] = owner
        for key in keys:
            having = self._having.setdefault(key, [])
            insort(having, revision_id)
            del having[MAX_REVISIONS_PER_KEY:]


def link_near(db: Database, part: Mapping[int, Hashes], alike: Mapping[int, Sequence[int]]) -> None:
    """Link articles of a part with those that tell their story, of the earlier ones that have some keys of theirs."""
    wanted = {other for others in alike.values() for other in others}
    compared = SEEN[db].compared
    for article_id in wanted & part.keys():
        compared.keep(article_id, part[article_id])
    read_ahead(db, compared, wanted)
    links: list[tuple[int, int, float, float]] = []
    for article_id, others in alike.items():
        hashes = {other_id: shingles_of_article(db, compared, other_id) for other_id in others}
        links += near_links(article_id, part[article_id], hashes)
    db.conn.executemany(LINK, links)


def near_links(
    article_id: int, hashes: Hashes, others: Mapping[int, Hashes]
) -> Iterator[tuple[int, int, float, float]]:
    """Rows of `near` for those of the other articles that tell the article's story, those most like it."""
    from archive.schema.m006_frozen_shingles import count_common

    found = []
    for (other_id, other), common in zip(others.items(), count_common(hashes, list(others.values())), strict=True):
        fewer = min(len(hashes), len(other))
        if fewer >= MIN_SHINGLES and common / fewer >= MIN_CONTAINED:
            found.append((common / (len(hashes) + len(other) - common), other_id, common / fewer))
    for similarity, other_id, contained in sorted(found, key=lambda row: (-row[0], row[1]))[:MAX_LINKS]:
        yield max(article_id, other_id), min(article_id, other_id), round(similarity, 3), round(contained, 3)


def shingles_of_article(db: Database, compared: Compared, article_id: int) -> Hashes:
    """The shingles of an article's newest text, which does not change while m006 works."""
    if article_id not in compared:
        read_texts(db, compared, [article_id])
    return compared[article_id]


def read_ahead(db: Database, compared: Compared, articles: Iterable[int]) -> None:
    """Read the texts of articles that others will be compared with, as many as are kept."""
    wanted = sorted(one for one in articles if one not in compared)
    room = MAX_KEPT_BYTES
    for first in range(0, len(wanted), TEXTS_TOGETHER):
        if room <= 0:  # more would push out what was just read
            return
        room -= read_texts(db, compared, wanted[first : first + TEXTS_TOGETHER])


def read_texts(db: Database, compared: Compared, articles: Sequence[int]) -> int:
    """Hash the newest texts of articles together, and keep their shingles; return the bytes of these."""
    from archive.schema.m006_frozen_shingles import MAX_CHARS, shingles_of

    texts = {number: text[:MAX_CHARS] for number, text in db.conn.execute(TEXTS, (json.dumps(articles),))}
    found = shingles_of(list(texts.values()))
    for article_id, hashes in zip(texts, found, strict=True):
        compared.keep(article_id, hashes)
    return sum(hashes.nbytes for hashes in found)
