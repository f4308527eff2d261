"""The table `saved`: pages that a reader saved in another program, with the date and the tags.

The pages themselves are links of the source `add`, and wait for their turn as all links do. Functions that write run inside
the caller's transaction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlite_utils import Database

from archive.store.columns import Visit, array, iso_or_none, moment, names, plain
from archive.store.links import BY_HAND, mark_named
from scraper.discovery.saved_link import SavedLink, merged
from scraper.types import Link

_READ: Final = "SELECT at, title, tags, folder FROM saved WHERE url = ?"
_SAVE: Final = """
INSERT INTO saved (url, at, title, tags, folder, run_id) VALUES (:url, :at, :title, :tags, :folder, :run)
ON CONFLICT (url) DO UPDATE SET at = excluded.at, title = excluded.title, tags = excluded.tags, folder = excluded.folder"""

STATES: Final = ("archived", "failed", "gone", "refused", "waiting")
"""What became of a saved page: an article; no article yet; none, for good; its site asked not to be fetched; not fetched yet."""

_STATES: Final = """
WITH pages AS (
  SELECT listed.value AS url, links.state, links.error, coalesce(
    links.article_id,
    (SELECT article_id FROM aliases WHERE aliases.url = listed.value),
    (SELECT id FROM articles WHERE articles.url = listed.value)
  ) AS article_id
  FROM json_each(:urls) AS listed LEFT JOIN links ON links.url = listed.value
)
SELECT CASE
  WHEN article_id IS NOT NULL THEN 'archived'
  WHEN error IN ('robots', 'reserved') THEN 'refused'
  WHEN state = 'gone' THEN 'gone'
  WHEN state = 'failed' AND error <> 'paused' THEN 'failed'
  WHEN state = 'done' THEN 'failed'
  ELSE 'waiting' END AS became, count(*)
FROM pages GROUP BY became"""


def write_reading_list(db: Database, links: Sequence[SavedLink], known: Collection[str], visit: Visit) -> None:
    """Record saved pages; those that are not `known` wait for their first fetch. Dates and tags of earlier lists stay."""
    seen = frozenset(known)
    mark_named(db, [Link(link.url, BY_HAND, link.title) for link in links if link.url not in seen], visit)
    db.conn.executemany(_SAVE, [saved_row(with_earlier(db, link), visit) for link in links])


def with_earlier(db: Database, link: SavedLink) -> SavedLink:
    """A saved page together with what an earlier list says of it."""
    found = db.conn.execute(_READ, (plain(link.url),)).fetchone()
    if found is None:
        return link
    at, title, tags, folder = found
    return merged(SavedLink(link.url, title, moment(at), names(tags), folder), link)


def saved_row(link: SavedLink, visit: Visit) -> dict[str, Any]:
    """The columns of a saved page."""
    return {
        "url": plain(link.url),
        "at": iso_or_none(link.saved_at),
        "title": plain(link.title),
        "tags": array(link.tags),
        "folder": plain(link.folder),
        "run": visit.run,
    }


def count_states(db: Database, urls: Sequence[str]) -> dict[str, int]:
    """How many of these saved pages are in each of `STATES`."""
    counts = Counter(dict(db.conn.execute(_STATES, {"urls": json.dumps([plain(url) for url in urls])}).fetchall()))
    return {state: counts[state] for state in STATES}
