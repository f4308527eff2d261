"""Writing pages that another program captured, inside a transaction that the caller opened.

::

    no article stored                a new article, seen at the time of its capture; no refetch is scheduled
    captured after its last visit    decided as any visit (see `decisions`)
    captured before                  history: a revision in its place by time; the article keeps its text

A text that is worse than the text before it, or none, is not stored. The table `captures` remembers what was written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, get_args

from sqlite_utils import Database

from archive.store.article_rows import NewText, TextCause, insert_sql
from archive.store.columns import Visit, iso, plain
from archive.store.decisions import Stored, changed_paragraphs, decide
from archive.store.identity import find_stored, write_aliases
from archive.store.links import BY_HAND
from archive.store.near_index import NearIndex
from archive.store.prepared_pages import PreparedPage
from archive.store.raw_pages import insert_page
from archive.store.restores import read_restores
from archive.store.save import (
    with_restored_blocks,
    write_new_text,
    write_unindexed,
)
from scraper.extractor_version import extractor_version
from scraper.types import Fetched

IMPORTED: Final = "import"
"""The source of imported pages. A scrape reads no such source, so it fetches none of its links by itself."""

CaptureOutcome = Literal["new", "revised", "history", "same", "duplicate", "worse", "textless", "known"]
CAPTURE_OUTCOMES: Final[tuple[CaptureOutcome, ...]] = get_args(CaptureOutcome)
"""What became of a capture. `known`: it was imported before."""

_KNOWN: Final = """
SELECT 1 FROM captures WHERE url = ? AND at = ? AND (outcome NOT IN ('worse', 'textless') OR (rules_hash = ? AND extractor = ?))"""
_REMEMBER: Final = """
INSERT INTO captures (url, at, run_id, outcome, rules_hash, extractor) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (url, at) DO UPDATE SET run_id = excluded.run_id, outcome = excluded.outcome,
  rules_hash = excluded.rules_hash, extractor = excluded.extractor"""
_LINK_COLUMNS: Final = (
    "url", "source", "kind", "state", "etag", "last_modified", "status", "article_id", "first_seen", "last_seen",
    "fetched_at", "had_at", "next_try", "run_id",
)  # fmt: skip
_LINK: Final = f"""
{insert_sql("links", _LINK_COLUMNS)}
ON CONFLICT (url) DO UPDATE SET article_id = coalesce(article_id, excluded.article_id) RETURNING id"""
_SEEN: Final = "SELECT first_seen, last_seen FROM articles WHERE id = ?"
_SET_SEEN: Final = (
    "UPDATE articles SET first_seen = min(first_seen, :at), last_seen = max(last_seen, :at) WHERE id = :id"
)
_SET_LAST_SEEN: Final = "UPDATE articles SET last_seen = max(last_seen, ?) WHERE id = ?"
_REVISIONS: Final = """
SELECT revisions.id, revisions.number, revisions.title, revisions.fingerprint,
  min(revisions.seen_at, coalesce(pages.fetched_at, revisions.seen_at)) AS at
FROM revisions LEFT JOIN pages ON pages.id = revisions.page_id WHERE revisions.article_id = ? ORDER BY revisions.number"""
_TEXT: Final = "SELECT text FROM revisions WHERE id = ?"
_MOVE_UP: Final = "UPDATE revisions SET number = number + ? WHERE article_id = ? AND number >= ?"
"""Numbers are unique, so they move up by much and down again."""
_FAR: Final = 1_000_000_000
_ONE_MORE: Final = "UPDATE articles SET revision = revision + 1 WHERE id = ?"
_CHANGES: Final = "UPDATE revisions SET added = ?, removed = ? WHERE id = ?"
_EARLIER: Final = "UPDATE revisions SET seen_at = ? WHERE id = ? AND seen_at > ?"
_AT_ADDRESS: Final = """
SELECT articles.id, last_seen FROM (
  SELECT id FROM articles WHERE url = :url
  UNION ALL SELECT article_id FROM aliases WHERE url = :url
  UNION ALL SELECT article_id FROM links WHERE url = :url AND article_id IS NOT NULL
) AS found JOIN articles ON articles.id = found.id LIMIT 1"""


@dataclass(frozen=True, slots=True)
class ImportVisit:
    """The run that imports, and the hash of its rules. `next_try` is the time from which the links are due; None: never."""

    run: int
    rules_hash: str
    next_try: str | None = None


@dataclass(frozen=True, slots=True)
class PastText:
    """One revision of an article: its row and number, and when its page was captured or fetched."""

    id: int
    number: int
    title: str
    fingerprint: str
    at: str


def is_known(db: Database, url: str, at: str, rules_hash: str) -> bool:
    """Whether a capture was imported. One that was not stored is known to the rules and the version that refused it."""
    return db.conn.execute(_KNOWN, (plain(url), at, rules_hash, extractor_version())).fetchone() is not None


def write_capture(db: Database, prepared: PreparedPage, importing: ImportVisit, near: NearIndex) -> CaptureOutcome:
    """Write one captured page and remember it; what became of it. `near` is the index of the batch."""
    page = prepared.fetched.page
    url, at = page.url, iso(page.fetched_at)
    if is_known(db, url, at, importing.rules_hash):
        return "known"
    outcome = decide_and_write(db, prepared, importing, Visit(importing.run, at, near=near))
    row = (plain(url), at, importing.run, outcome, importing.rules_hash, extractor_version())
    db.conn.execute(_REMEMBER, row)
    return outcome


def decide_and_write(db: Database, prepared: PreparedPage, importing: ImportVisit, visit: Visit) -> CaptureOutcome:
    """Decide on a captured page, and write what it changes."""
    stored = find_stored(db, prepared.fetched)
    if stored and (restores := read_restores(db, stored.id)):
        prepared = with_restored_blocks(prepared, restores)
    mark_link = partial(mark_captured, importing=importing)
    if prepared.fetched.extraction.article is None:
        return "textless"
    if stored and visit.at <= db.conn.execute(_SEEN, (stored.id,)).fetchone()[1]:
        return write_history(db, prepared, visit, stored, importing)
    decision = decide(stored, prepared.fetched.extraction, prepared.text)
    if decision.outcome == "failed":
        return "textless"
    if decision.outcome == "worse":
        return "worse"
    if stored is None or decision.outcome == "revised":
        written = write_new_text(db, prepared, visit, stored, decision, mark_link=mark_link)
        return written if written in ("new", "duplicate") else "revised"
    link_id = mark_captured(db, prepared.fetched, visit, stored.id, importing=importing)
    db.conn.execute(_SET_SEEN, {"at": visit.at, "id": stored.id})
    write_aliases(db, [(prepared.fetched, stored.id, link_id)])
    return "same"


def mark_captured(db: Database, fetched: Fetched, visit: Visit, article_id: int, *, importing: ImportVisit) -> int:
    """The id of the link's row: a new one, or one that keeps its state and schedule."""
    page = fetched.page
    own = importing.next_try is None
    row = (
        plain(fetched.link.url), IMPORTED if own else BY_HAND, "page", "done", plain(page.header("etag")),
        plain(page.header("last-modified")), page.status, article_id, visit.at, visit.at, visit.at, visit.at,
        importing.next_try, visit.run,
    )  # fmt: skip
    return int(db.conn.execute(_LINK, row).fetchone()[0])


def write_history(
    db: Database, prepared: PreparedPage, visit: Visit, stored: Stored, importing: ImportVisit
) -> CaptureOutcome:
    """Write a text that is older than the article's as a revision in its place, unless a neighbour has the same text.

    The newest revision stays the newest, also if it was seen before and after the capture.
    """
    past = [PastText(*row) for row in db.conn.execute(_REVISIONS, (stored.id,))]
    before = [revision for revision in past[:-1] if revision.at <= visit.at]
    after = past[len(before)]
    earlier = text_before(db, stored, before[-1]) if before else None
    decision = decide(earlier, prepared.fetched.extraction, prepared.text)
    if decision.outcome == "failed":
        return "textless"
    if decision.outcome in ("worse", "same"):
        return decision.outcome
    article = prepared.fetched.extraction.article
    assert article is not None
    if (plain(article.title), prepared.text.fingerprint) == (after.title, after.fingerprint):
        db.conn.execute(_EARLIER, (visit.at, after.id, visit.at))
        db.conn.execute(_SET_SEEN, {"at": visit.at, "id": stored.id})
        return "same"
    new = NewText(prepared.fetched, prepared.text, prepared.near, earlier, decision, visit.at)
    make_room(db, stored.id, after)
    link_id = mark_captured(db, prepared.fetched, visit, stored.id, importing=importing)
    page_id = insert_page(db, prepared.page, visit, link_id=link_id, article_id=stored.id, used=True)
    write_unindexed(db, new, visit, stored.id, TextCause("scrape", page_id))
    count_changes(db, new.text.text, after)
    db.conn.execute(_SET_SEEN, {"at": visit.at, "id": stored.id})
    return "history"


def text_before(db: Database, stored: Stored, revision: PastText) -> Stored:
    """An earlier revision as the text that a visit found stored."""
    (text,) = db.conn.execute(_TEXT, (revision.id,)).fetchone()
    return replace(stored, title=revision.title, text=text, revision=revision.number, fingerprint=revision.fingerprint)


def make_room(db: Database, article_id: int, after: PastText) -> None:
    """Number the revisions of an article from `after` on anew, each by one more."""
    db.conn.execute(_MOVE_UP, (_FAR, article_id, after.number))
    db.conn.execute(_MOVE_UP, (1 - _FAR, article_id, _FAR))
    db.conn.execute(_ONE_MORE, (article_id,))


def count_changes(db: Database, before: str, after: PastText) -> None:
    """Count the paragraphs of a revision anew, against the text that now stands before it."""
    (text,) = db.conn.execute(_TEXT, (after.id,)).fetchone()
    db.conn.execute(_CHANGES, (*changed_paragraphs(before, text), after.id))


def would_move(db: Database, url: str, at: str) -> bool:
    """Whether a visit moves the time at which the article at its address was last seen."""
    found = db.conn.execute(_AT_ADDRESS, {"url": plain(url)}).fetchone()
    return bool(found and found[1] < at)


def mark_revisited(db: Database, url: str, at: str) -> None:
    """Move the time at which the article at an address was last seen. Nothing else changes."""
    found = db.conn.execute(_AT_ADDRESS, {"url": plain(url)}).fetchone()
    db.conn.execute(_SET_LAST_SEEN, (at, found[0]))
