"""Feeds of the newest articles that a search finds, with their whole texts: Atom and JSON Feed.

A feed takes the parameters of the search page. Its ETag is of its content, so that a reader which has the newest content gets
"304 Not Modified" (RFC 9110, 13.1.2).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from archive.formats.feeds import FeedFacts, write_atom, write_jsonfeed
from archive.formats.newest import collection_id, dated_articles
from archive.store.archive import Archive
from archive.store.reader import SavedSearch
from archive.web.limits import in_time
from archive.web.search import SearchRequest, newest_ids

MAX_ENTRIES: Final = 50
MAX_SECONDS: Final = 3.0
"""Time for finding and reading the articles of a feed."""


@dataclass(frozen=True, slots=True)
class FeedForm:
    """A format of feeds: how it is written, its name for people and its media type."""

    write: Callable[..., int]
    name: str
    media_type: str


FORMS: Final[Mapping[str, FeedForm]] = {
    "atom": FeedForm(write_atom, "Atom", "application/atom+xml"),
    "json": FeedForm(write_jsonfeed, "JSON Feed", "application/feed+json"),
}
"""Formats by the ending of a feed's address."""


@dataclass(frozen=True, slots=True)
class FeedAddresses:
    """The absolute addresses of a feed and of the page that shows the same articles."""

    feed: str
    page: str


def read_feed(
    archive: Archive, asked: SearchRequest, form: FeedForm, addresses: FeedAddresses, saved: SavedSearch | None = None
) -> bytes | None:
    """The feed of a search, which may be a saved one; None if finding its articles took too long."""
    title = f"Cuttings: {saved.name}" if saved else feed_title(asked)
    id_words = ("saved", str(saved.id)) if saved else words(asked)
    facts = FeedFacts(title, collection_id(archive, *id_words), addresses.feed, addresses.page)

    def write() -> bytes:
        out = io.BytesIO()
        form.write(dated_articles(archive, newest_ids(archive, asked, limit=MAX_ENTRIES)), out, facts=facts)
        return out.getvalue()

    return in_time(archive.db.conn, MAX_SECONDS, write)


def words(asked: SearchRequest) -> list[str]:
    """The words that make the id of a feed: those of `export` for the same site and query, and the further conditions."""
    further = [f"{name}={value}" for name, value in asked.further.items() if value]
    return [asked.site, asked.query, *further]


def feed_title(asked: SearchRequest) -> str:
    """The title of a feed.

    >>> feed_title(SearchRequest("ferry", "coast.example", since="2026-11-01")), feed_title(SearchRequest())
    ('Cuttings: coast.example, ferry, from 2026-11-01', 'Cuttings')
    """
    dates = [f"{word} {day}" for word, day in (("from", asked.since), ("to", asked.until)) if day]
    others = [asked.language, asked.author, asked.kind, asked.tag, "starred" if asked.starred else ""]
    parts = [part for part in (asked.site, asked.query, *dates, *others) if part]
    return ": ".join(filter(None, ("Cuttings", ", ".join(parts))))


def etag_of(body: bytes) -> str:
    """The entity tag of a feed."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a request's If-None-Match names the entity tag, compared weakly (RFC 9110, 8.8.3.2).

    >>> matches('"a", W/"b"', '"b"'), matches("*", '"b"'), matches('"a"', '"b"')
    (True, True, False)
    """
    return any(own.strip().removeprefix("W/") in (etag, "*") for own in if_none_match.split(","))
