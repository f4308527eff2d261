"""Identity of articles: the stored article that a fetched page belongs to, and the URLs that lead to an article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from sqlite_utils import Database

from archive.store.columns import PlainText, plain
from archive.store.decisions import MIN_DUPLICATE_WORDS, Stored, alike
from archive.store.records import select
from scraper.types import Fetched

_TWIN: Final = "SELECT coalesce(duplicate_of, id) FROM articles WHERE fingerprint = ? AND id < ? ORDER BY id LIMIT 1"
_MAX_ID: Final = 1 << 62
_STORED: Final = "SELECT id, title, text, verdict, revision, fingerprint, host FROM articles WHERE "
_BY_ADDRESS: Final = """
SELECT 1, id FROM articles WHERE url = :key
UNION ALL SELECT 2, article_id FROM aliases WHERE url = :key
UNION ALL SELECT 3, article_id FROM links WHERE url = :link AND article_id IS NOT NULL
UNION ALL SELECT 4, article_id FROM aliases WHERE url = :link
UNION ALL SELECT 5, article_id FROM links WHERE url = :final AND article_id IS NOT NULL
UNION ALL SELECT 6, article_id FROM aliases WHERE url = :final"""
_CANONICAL: Final = 2
"""Up to this rank a URL is the article's own."""

_INSERT_ALIAS: Final = """
INSERT INTO aliases (url, article_id, link_id, kind) VALUES (?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET article_id = excluded.article_id, link_id = excluded.link_id, kind = excluded.kind"""
_INSERT_COPY: Final = """
INSERT INTO aliases (url, article_id, link_id, kind) SELECT :url, :article, :link, 'canonical'
WHERE NOT EXISTS (SELECT 1 FROM articles WHERE url = :url) AND NOT EXISTS (SELECT 1 FROM links WHERE url = :url AND article_id IS NOT NULL)
ON CONFLICT (url) DO NOTHING"""
"""Statement for an AMP copy: the page's claim never replaces a known owner of the URL."""


def key_of(fetched: Fetched) -> str:
    """The URL under which an article is stored."""
    article = fetched.extraction.article
    return (article.canonical_url if article else "") or fetched.page.final_url


def _aliases(fetched: Fetched) -> Mapping[str, str]:
    """URLs of a page beside the link's own, each with its kind. Validators are valid for a redirect's target only."""
    others = {plain(key_of(fetched)): "canonical", plain(fetched.page.final_url): "redirect"}
    others.pop(plain(fetched.link.url), None)
    return MappingProxyType(others)


AddressOwner = tuple[Fetched, int, int]
"""A page, the id of its article, and that of its link."""


def write_aliases(db: Database, owners: Iterable[AddressOwner]) -> None:
    """Record every URL that leads to an article, for one page after the other, inside the caller's transaction."""
    for fetched, article_id, link_id in owners:
        for url, kind in _aliases(fetched).items():
            db.conn.execute(_INSERT_ALIAS, (url, article_id, link_id, kind))
        article = fetched.extraction.article
        if article and article.amp_url:
            row = {"url": plain(article.amp_url), "article": article_id, "link": link_id}
            db.conn.execute(_INSERT_COPY, row)


def addresses_of(fetched: Fetched) -> set[str]:
    """All addresses by which `find_stored` looks for the page's article."""
    return {plain(key_of(fetched)), plain(fetched.link.url), plain(fetched.page.final_url)}


def stored_by_id(db: Database, article_id: int) -> Stored:
    """The stored article with this id."""
    return Stored(**next(select(db, _STORED + "id = ?", (article_id,))))


def find_stored(db: Database, fetched: Fetched) -> Stored | None:
    """The stored article that this page belongs to; None for a new article.

    The article is found by its canonical URL. The link's URL and a redirect's target count only if the texts are alike:
    a link such as "/latest" leads to another story each day.
    """
    article = fetched.extraction.article
    addresses = {
        "key": plain(key_of(fetched)) if article else None,
        "link": plain(fetched.link.url),
        "final": plain(fetched.page.final_url),
    }
    for how, article_id in sorted(db.conn.execute(_BY_ADDRESS, addresses)):
        stored = stored_by_id(db, article_id)
        if how <= _CANONICAL or article is None or alike(stored.text, article.text):
            return stored
    return None


def earlier_twin(db: Database, text: PlainText, stored: Stored | None) -> int | None:
    """The id of the article that had this text first; None if no other article has it.

    `stored` is the article that the text belongs to, None for a new one.
    """
    if text.words < MIN_DUPLICATE_WORDS:
        return None
    found = db.conn.execute(_TWIN, (text.fingerprint, stored.id if stored else _MAX_ID)).fetchone()
    return found[0] if found and not (stored and found[0] == stored.id) else None
