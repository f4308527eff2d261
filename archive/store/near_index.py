"""The index of near-duplicates: keys of texts are looked up and written for a whole batch at once.

A statement for each text took longer than its eight look-ups, and the texts that are compared are often the same old ones. Who
looks up many keys first makes a set of all keys: most need no look-up then.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

from sqlite_utils import Database

from archive.store.key_filter import KeyFilter
from archive.store.near_duplicates import (
    MAX_COMPARED_ARTICLES,
    MAX_LINKS,
    MAX_REVISIONS_PER_KEY,
    STRETCH_BITS,
    Hashes,
    Likeness,
    keys_of,
    likeness,
    same_story,
    shingles,
)

MAX_COMPARED_BYTES: Final = 16_000_000
"""Shingles of compared texts in memory: of 6,000 texts of 300 words."""

MAX_LOOKUPS: Final = 200_000
"""Keys that are looked up before a set of all keys is made, which takes about as long in an archive of a million articles."""

_ADD: Final = "INSERT INTO shingles (stretch, key, revision_id) VALUES (?, ?, ?)"
_LAST_REVISION: Final = "SELECT coalesce(max(id), 0) FROM revisions"
_LAST_STRETCH: Final = "SELECT max(stretch) FROM shingles"
_FIND: Final = f"""
SELECT key, revisions FROM (
  SELECT value AS key, (
    SELECT group_concat(revision_id) FROM (
      SELECT revision_id FROM shingles
      WHERE stretch IN (SELECT value FROM json_each(:stretches)) AND shingles.key = wanted.value
      ORDER BY stretch, revision_id LIMIT {MAX_REVISIONS_PER_KEY}
    )
  ) AS revisions FROM json_each(:keys) AS wanted
) WHERE revisions IS NOT NULL"""
_ARTICLE: Final = """
SELECT articles.id, articles.fingerprint FROM revisions JOIN articles ON articles.id = revisions.article_id
WHERE revisions.id = ? AND articles.host <> ?"""
_TEXT: Final = "SELECT text FROM articles WHERE id = ?"


class NearIndex:
    """The keys of the texts of one transaction, and the shingles of the texts that were compared.

    `begin` comes first in a transaction, `write` last. Keys that were added are found before they are written.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: set[int] = set()
        self._revisions: dict[int, list[int]] = {}
        self._added: list[tuple[int, int, int]] = []
        self._compared: OrderedDict[str, Hashes] = OrderedDict()
        self._compared_bytes = 0
        self._filter: KeyFilter | None = None
        self._last_revision = self._newest = 0
        self._lookups = 0

    def begin(self, texts: Iterable[Hashes] = ()) -> None:
        """Forget the transaction before, and look up the keys of texts together."""
        self._known.clear()
        self._revisions.clear()
        self._added.clear()
        self._newest = 0
        self._check_filter()
        self._look_up({key for hashes in texts for key in keys_of(hashes)})

    def find(self, hashes: Hashes, *, host: str) -> list[tuple[int, Likeness]]:
        """Articles of other hosts that tell the same story, the most similar first.

        Similar articles of one site are reports of one form, such as the weather or prices, so they do not count.
        """
        likes = [(article_id, likeness(hashes, theirs)) for article_id, theirs in self._candidates(hashes, host)]
        found = [(article_id, like) for article_id, like in likes if same_story(like)]
        return sorted(found, key=lambda pair: (-pair[1].similarity, pair[0]))[:MAX_LINKS]

    def add(self, revision_id: int, hashes: Hashes) -> None:
        """Add a revision's text, which is newer than all others."""
        keys = keys_of(hashes)
        self._newest = revision_id
        self._look_up(set(keys))
        for key in keys:
            revisions = self._revisions.setdefault(key, [])
            if len(revisions) < MAX_REVISIONS_PER_KEY:
                revisions.append(revision_id)
            self._added.append((revision_id >> STRETCH_BITS, key, revision_id))

    def write(self) -> None:
        """Write the keys that were added, in the order of the table, inside the caller's transaction."""
        self._db.conn.executemany(_ADD, sorted(self._added))
        if self._filter:
            self._filter.add([key for _, key, _ in self._added])
        self._last_revision = self._newest or self._last_revision
        self._added.clear()

    def _check_filter(self) -> None:
        """Make the set of all keys if it pays, and drop one that lacks the keys of others, or has those of a failed transaction."""
        (last,) = self._db.conn.execute(_LAST_REVISION).fetchone()
        if self._filter and last != self._last_revision:
            self._filter, self._lookups = None, 0
        if self._filter is None and (not last or self._lookups > MAX_LOOKUPS):
            self._filter, self._last_revision = KeyFilter(self._db), last

    def _look_up(self, keys: set[int]) -> None:
        """Read the oldest revisions of each key that was not read in this transaction."""
        keys = keys - self._known
        if not keys:
            return
        self._known |= keys
        wanted = sorted(keys)
        if self._filter:
            wanted = self._filter.may_have(wanted)
        self._lookups += len(wanted)
        (last,) = self._db.conn.execute(_LAST_STRETCH).fetchone() if wanted else (None,)
        if last is None:
            return
        asked = {"keys": json.dumps(wanted), "stretches": json.dumps(list(range(last + 1)))}
        for key, revisions in self._db.conn.execute(_FIND, asked):
            self._revisions[key] = [int(revision) for revision in str(revisions).split(",")]

    def _candidates(self, hashes: Hashes, host: str) -> Iterator[tuple[int, Hashes]]:
        """Articles with common keys and their shingles, those with most keys first."""
        keys = keys_of(hashes)
        self._look_up(set(keys))
        shared = Counter(revision for key in keys for revision in self._revisions.get(key, ()))
        seen: set[int] = set()
        for revision_id, _ in shared.most_common():
            article = self._db.conn.execute(_ARTICLE, (revision_id, host)).fetchone()
            if article is None or article[0] in seen:
                continue
            seen.add(article[0])
            yield article[0], self._shingles(*article)
            if len(seen) == MAX_COMPARED_ARTICLES:
                return

    def _shingles(self, article_id: int, fingerprint: str) -> Hashes:
        """The shingles of an article's text. Neither they nor the fingerprint depend on white space."""
        if fingerprint not in self._compared:
            hashes = shingles(self._db.conn.execute(_TEXT, (article_id,)).fetchone()[0])
            self._compared[fingerprint] = hashes
            self._compared_bytes += hashes.nbytes
            while self._compared_bytes > MAX_COMPARED_BYTES and len(self._compared) > 1:
                self._compared_bytes -= self._compared.popitem(last=False)[1].nbytes
        self._compared.move_to_end(fingerprint)
        return self._compared[fingerprint]


def find_near(db: Database, hashes: Hashes, *, host: str) -> list[tuple[int, Likeness]]:
    """Articles of other hosts that tell the same story: see `NearIndex.find`."""
    return NearIndex(db).find(hashes, host=host)
