"""The index of near-duplicates: keys of texts are looked up and written for a whole batch at once.

A statement for each text took longer than its eight look-ups. Who looks up many keys first makes sets of all keys (`KeyFilter`):
most need no look-up then. The texts that a batch is compared with are read and hashed together: in an archive of 300,000 articles a third
of the time of saving went into reading them one by one.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from sqlite_utils import Database

from archive.store.key_filter import KeyFilter, places, stretches_of
from archive.store.near_duplicates import (
    KEY_BITS,
    MAX_CHARS,
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
    shingles_of,
)

MAX_COMPARED_BYTES: Final = 16_000_000
"""Shingles of compared texts in memory: of 6,000 texts of 300 words."""

MAX_LOOKUPS: Final = 200_000
"""Keys that are looked up before sets of all keys are made, which takes about as long in an archive of a million articles."""

_ADD: Final = "INSERT INTO shingles (stretch, key, revision_id) VALUES (?, ?, ?)"
_LAST_REVISION: Final = "SELECT coalesce(max(id), 0) FROM revisions"
_FIND: Final = f"""
SELECT key, revisions FROM (
  SELECT value & {(1 << KEY_BITS) - 1} AS key, (
    SELECT group_concat(revision_id) FROM (
      SELECT revision_id FROM shingles
      WHERE stretch = place.value >> {KEY_BITS} AND shingles.key = place.value & {(1 << KEY_BITS) - 1}
      ORDER BY revision_id LIMIT {MAX_REVISIONS_PER_KEY}
    )
  ) AS revisions FROM json_each(?) AS place
) WHERE revisions IS NOT NULL"""
_ARTICLES: Final = """
SELECT revisions.id, articles.id, articles.host, articles.fingerprint
FROM json_each(?) AS wanted JOIN revisions ON revisions.id = wanted.value JOIN articles ON articles.id = revisions.article_id"""
_TEXTS: Final = (
    f"SELECT fingerprint, substr(text, 1, {MAX_CHARS}) FROM articles WHERE id IN (SELECT value FROM json_each(?))"
)
TEXTS_TOGETHER: Final = 50
"""Texts that are read and hashed together."""


class NearText(NamedTuple):
    """A text to be compared: the host of its article, its shingles, and its keys."""

    host: str
    hashes: Hashes
    keys: list[int]


class Compared(NamedTuple):
    """What an article is known by when it is compared: its host, and the fingerprint of its newest text."""

    host: str
    fingerprint: str


def near_text(hashes: Hashes, *, host: str) -> NearText:
    """The shingles of a text with its keys."""
    return NearText(host, hashes, keys_of(hashes))


class NearIndex:
    """The keys of the texts of one transaction, and the shingles of the texts that were compared.

    `begin` comes first in a transaction, `write` last. Keys that were added are found before they are written.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: set[int] = set()
        self._revisions: dict[int, list[int]] = {}
        self._article_of: dict[int, int] = {}
        self._articles: dict[int, Compared] = {}
        self._added: list[tuple[int, int, int]] = []
        self._fresh: dict[str, Hashes] = {}
        self._compared: OrderedDict[str, Hashes] = OrderedDict()
        self._compared_bytes = 0
        self._filter: KeyFilter | None = None
        self._last_revision = self._newest = 0
        self._lookups = 0

    def begin(self, texts: Sequence[NearText] = ()) -> None:
        """Forget the transaction before, and read what the texts will be compared with together."""
        for kept in (self._known, self._revisions, self._article_of, self._articles, self._added, self._fresh):
            kept.clear()
        self._newest = 0
        self._check_filter()
        self._look_up({key for text in texts for key in text.keys})
        self._read_candidates(texts)

    def find(self, text: NearText) -> list[tuple[int, Likeness]]:
        """Articles of other hosts that tell the same story, the most similar first.

        Similar articles of one site are reports of one form, such as the weather or prices, so they do not count.
        """
        likes = [(article_id, likeness(text.hashes, theirs)) for article_id, theirs in self._candidates(text)]
        found = [(article_id, like) for article_id, like in likes if same_story(like)]
        return sorted(found, key=lambda pair: (-pair[1].similarity, pair[0]))[:MAX_LINKS]

    def add(self, revision_id: int, article_id: int, text: NearText, *, fingerprint: str) -> None:
        """Add the newest text of an article, its revision newer than all others."""
        self._newest = revision_id
        self._look_up(set(text.keys))
        self._article_of[revision_id] = article_id
        self._articles[article_id] = Compared(text.host, fingerprint)
        self._fresh[fingerprint] = text.hashes
        for key in text.keys:
            revisions = self._revisions.setdefault(key, [])
            if len(revisions) < MAX_REVISIONS_PER_KEY:
                revisions.append(revision_id)
            self._added.append((revision_id >> STRETCH_BITS, key, revision_id))

    def write(self) -> None:
        """Write the keys that were added, in the order of the table, inside the caller's transaction."""
        added = sorted(self._added)
        self._db.conn.executemany(_ADD, added)
        if self._filter:
            self._filter.add(added)
        self._last_revision = self._newest or self._last_revision
        self._added.clear()

    def _check_filter(self) -> None:
        """Make the sets of all keys if it pays, and drop those that lack keys of others or have keys of a failed transaction."""
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
        asked = self._filter.may_have(keys) if self._filter else places(stretches_of(self._db), keys)
        self._lookups += len(keys)
        for key, revisions in self._db.conn.execute(_FIND, (json.dumps(asked),)) if asked else ():
            found = self._revisions.setdefault(key, [])
            found += [int(revision) for revision in str(revisions).split(",")]
            del found[MAX_REVISIONS_PER_KEY:]

    def _sharing(self, keys: Sequence[int]) -> list[int]:
        """Revisions with some of these keys, those with most keys first."""
        sharing = [revisions for key in keys if (revisions := self._revisions.get(key))]
        if not sharing:
            return []
        return [revision for revision, _ in Counter(chain.from_iterable(sharing)).most_common()]

    def _read_candidates(self, texts: Sequence[NearText]) -> None:
        """Read the articles that each text will be compared with, and hash their texts, as far as they fit in memory."""
        sharing = [(text.host, self._sharing(text.keys)[:MAX_COMPARED_ARTICLES]) for text in texts]
        self._read_articles({revision for _, revisions in sharing for revision in revisions})
        wanted: set[int] = set()
        for host, revisions in sharing:
            others = {self._article_of[revision] for revision in revisions if revision in self._article_of}
            wanted |= {article_id for article_id in others if self._articles[article_id].host != host}
        missing = sorted(number for number in wanted if self._articles[number].fingerprint not in self._compared)
        for first in range(0, len(missing), TEXTS_TOGETHER):
            rows = self._db.conn.execute(_TEXTS, (json.dumps(missing[first : first + TEXTS_TOGETHER]),)).fetchall()
            for (fingerprint, _), hashes in zip(rows, shingles_of([text for _, text in rows]), strict=True):
                self._keep(fingerprint, hashes)

    def _read_articles(self, revisions: Iterable[int]) -> None:
        """Read the articles of revisions."""
        for revision_id, article_id, host, fingerprint in self._db.conn.execute(
            _ARTICLES, (json.dumps(sorted(revisions)),)
        ):
            self._article_of[revision_id] = article_id
            self._articles[article_id] = Compared(host, fingerprint)

    def _candidates(self, text: NearText) -> Iterator[tuple[int, Hashes]]:
        """Articles with common keys and their shingles, those with most keys first."""
        self._look_up(set(text.keys))
        seen: set[int] = set()
        for revision_id in self._sharing(text.keys):
            if revision_id not in self._article_of:
                self._read_articles((revision_id,))
            article_id = self._article_of.get(revision_id)
            if article_id is None or article_id in seen or self._articles[article_id].host == text.host:
                continue
            seen.add(article_id)
            yield article_id, self._shingles(article_id)
            if len(seen) == MAX_COMPARED_ARTICLES:
                return

    def _shingles(self, article_id: int) -> Hashes:
        """The shingles of an article's text. Neither they nor the fingerprint depend on white space."""
        fingerprint = self._articles[article_id].fingerprint
        if fingerprint in self._fresh:
            return self._fresh[fingerprint]
        if fingerprint not in self._compared:
            ((_, text),) = self._db.conn.execute(_TEXTS, (json.dumps([article_id]),)).fetchall()
            self._keep(fingerprint, shingles(text))
        self._compared.move_to_end(fingerprint)
        return self._compared[fingerprint]

    def _keep(self, fingerprint: str, hashes: Hashes) -> None:
        """Keep the shingles of a text that was compared, and forget those that were not compared for longest."""
        if fingerprint not in self._compared:
            self._compared[fingerprint] = hashes
            self._compared_bytes += hashes.nbytes
        while self._compared_bytes > MAX_COMPARED_BYTES and len(self._compared) > 1:
            self._compared_bytes -= self._compared.popitem(last=False)[1].nbytes
