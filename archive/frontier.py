"""The links table: what was tried, what came of it, what to try next. Writers run inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from archive.decide import after_failure
from archive.rows import Visit, iso, iso_or_none, moment, plain
from scraper.types import Failure, Known, Link

_DONE = """
INSERT INTO links (url, source, kind, state, etag, last_modified, status, article_id, first_seen, last_seen, fetched_at, run_id)
VALUES (:url, :source, :kind, 'done', :etag, :last_modified, :status, :article_id, :at, :at, :fetched_at, :run)
ON CONFLICT (url) DO UPDATE SET
  kind = excluded.kind, state = 'done', attempts = 0, next_try = NULL, error = '', detail = '',
  etag = excluded.etag, last_modified = excluded.last_modified, status = excluded.status,
  article_id = coalesce(excluded.article_id, article_id),
  last_seen = excluded.last_seen, fetched_at = excluded.fetched_at, run_id = excluded.run_id
RETURNING id"""

_FAILED = """
INSERT INTO links (url, source, kind, state, attempts, next_try, status, error, detail, first_seen, last_seen, run_id)
VALUES (:url, :source, 'page', :state, :attempts, :next_try, :status, :error, :detail, :at, :at, :run)
ON CONFLICT (url) DO UPDATE SET
  state = excluded.state, attempts = excluded.attempts, next_try = excluded.next_try, status = excluded.status,
  error = excluded.error, detail = excluded.detail, last_seen = excluded.last_seen, run_id = excluded.run_id
RETURNING id, article_id"""

_UNCHANGED = """
UPDATE links SET state = 'done', attempts = 0, next_try = NULL, error = '', detail = '', status = 304,
  last_seen = :at, fetched_at = :at, run_id = :run
WHERE url = :url RETURNING article_id"""

_UNCHANGED_ALIAS = _UNCHANGED.replace("WHERE url = :url", "WHERE id = (SELECT link_id FROM aliases WHERE url = :url)")

_KNOWN = """
SELECT url, kind, etag, last_modified, fetched_at, last_seen, state, article_id,
       state = 'failed' AND next_try <= :now AS due,
       kind = 'source' AND (
         (SELECT finished_at FROM runs WHERE runs.id = links.run_id) IS NULL
         OR EXISTS (SELECT 1 FROM links AS other
                    WHERE other.source = links.source AND other.state = 'failed' AND other.next_try <= :now)
       ) AS unsettled
FROM links WHERE url IN (SELECT value FROM json_each(:urls))"""

_KNOWN_ALIASES = """
SELECT aliases.url, aliases.kind, links.etag, links.last_modified, links.fetched_at
FROM aliases JOIN links ON links.id = aliases.link_id
WHERE aliases.url IN (SELECT value FROM json_each(:urls)) AND links.fetched_at IS NOT NULL"""

_PENDING = """
SELECT url, source FROM links
WHERE state = 'failed' AND kind = 'page' AND next_try <= ? ORDER BY next_try, id LIMIT ?"""


def mark_done(db: Database, link: Link, known: Known, visit: Visit, *, kind: str = "page", status: int = 200) -> int:
    """Remember that the link was had, with its validators; its row's id."""
    row = {
        "url": plain(link.url),
        "source": plain(link.source),
        "kind": kind,
        "etag": plain(known.etag),
        "last_modified": plain(known.last_modified),
        "status": status,
        "article_id": None,
        "at": visit.at,
        "fetched_at": iso_or_none(known.fetched_at) or visit.at,
        "run": visit.run,
    }
    return int(db.conn.execute(_DONE, row).fetchone()[0])


def mark_failed(db: Database, failure: Failure, visit: Visit, *, at: datetime) -> tuple[int, int | None, str]:
    """Remember a failure and when to try again: the link's id, its article's id if it has one, and its state now.

    Validators of an earlier success are kept: the text they belong to is still there.
    """
    url = plain(failure.link.url)
    before = db.conn.execute("SELECT attempts FROM links WHERE url = ?", (url,)).fetchone()
    attempts = (before[0] if before else 0) + 1
    state, next_try = after_failure(failure.kind, status=failure.status, attempts=attempts, at=at)
    row = {
        "url": url,
        "source": plain(failure.link.source),
        "state": state,
        "attempts": attempts,
        "next_try": iso_or_none(next_try),
        "status": failure.status,
        "error": failure.kind,
        "detail": plain(failure.detail),
        "at": visit.at,
        "run": visit.run,
    }
    link_id, article_id = db.conn.execute(_FAILED, row).fetchone()
    return link_id, article_id, state


def mark_unchanged(db: Database, link: Link, visit: Visit) -> int | None:
    """Remember a "not modified"; the link's article, if it has one."""
    row = {"url": plain(link.url), "at": visit.at, "run": visit.run}
    found = db.conn.execute(_UNCHANGED, row).fetchone()
    if found is None:
        found = db.conn.execute(_UNCHANGED_ALIAS, row).fetchone()
    return found[0] if found else None


def read_known(db: Database, urls: Sequence[str], *, now: str) -> dict[str, Known]:
    """What is remembered of addresses; one that is to be fetched as if never seen is left out.

    Left out: unknown addresses, and failed ones that are due again. Without validators, so that they are left in
    peace for a while: failed ones that are not due, and gone ones. A feed's validators are held back while what it
    named is not all settled (its run was killed, or a link waits for another try): "not modified" would hide it.
    """
    asked = {"urls": json.dumps(list(urls)), "now": now}
    known: dict[str, Known] = {}
    for url, kind, etag, last_modified, fetched_at in db.conn.execute(_KNOWN_ALIASES, asked):
        trusted = kind == "redirect"
        known[url] = Known(etag if trusted else "", last_modified if trusted else "", moment(fetched_at))
    for url, _kind, etag, last_modified, fetched_at, last_seen, state, article_id, due, unsettled in db.conn.execute(
        _KNOWN, asked
    ):
        known.pop(url, None)
        if unsettled or (due and article_id is None):
            continue
        waits = state == "gone" or (state == "failed" and not due)
        known[url] = Known("", "", moment(last_seen)) if waits else Known(etag, last_modified, moment(fetched_at))
    return known


def read_pending(db: Database, *, at: datetime, limit: int) -> tuple[Link, ...]:
    """Links whose next try is due, the longest waiting first."""
    return tuple(Link(url=url, source=source) for url, source in db.conn.execute(_PENDING, (iso(at), limit)))
