"""The table `links`: each URL that a source named or a run fetched, its state, validators and the time of its next fetch.

::

    new      named by a source, not fetched yet       fetched in the next run that has room for it
    done     fetched                                  refetched at fixed delays (see `refetch_schedule`); after the last
                                                      delay, or once it has moved for good to another link, only
                                                      if its source says that the page changed
    failed   not fetched, or without an article       retried, with longer and longer waits
    gone     404, 410, or too many failures           never fetched again

`next_try` is the time from which a link is fetched, even if its source does not name it any more; NULL for never.
Functions that write run inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final
from urllib.parse import urlsplit

from sqlite_utils import Database

from archive.store.clock_changes import latest_pause
from archive.store.columns import Visit, array, iso, iso_or_none, moment, plain
from archive.store.refetch_schedule import NEXT_REFETCH_SQL, first_refetch, schedule_retry
from scraper.types import REVISIT, Failure, HostPaused, Known, Link
from scraper.urls.canonical import DEFAULT_PORTS, spellings

BY_HAND: Final = "add"
"""The source of single pages that `cuttings add` fetched. This source names no links."""

_NAMED = """
INSERT INTO links (url, source, kind, state, next_try, title, published, first_seen, last_seen, run_id)
VALUES (:url, :source, 'page', 'new', :at, :title, :published, :at, :at, :run)
ON CONFLICT (url) DO NOTHING"""

_REFUSED = """
SELECT id, url, detail FROM links
WHERE error = 'private-address' AND state IN ('failed', 'gone') AND kind = 'page' AND (next_try IS NULL OR next_try > ?)"""
_RETRY_NOW = (
    "UPDATE links SET state = 'failed', attempts = 0, next_try = :now WHERE id IN (SELECT value FROM json_each(:ids))"
)

_CHANGED = """
UPDATE links SET next_try = :at
WHERE url IN (SELECT value FROM json_each(:urls)) AND kind = 'page' AND state = 'done' AND (next_try IS NULL OR next_try > :at)"""

_DONE = f"""
INSERT INTO links (url, source, kind, state, etag, last_modified, status, article_id, first_seen, last_seen, fetched_at, had_at, next_try, run_id, signals)
VALUES (:url, :source, :kind, 'done', :etag, :last_modified, :status, :article_id, :at, :at, :fetched_at, :at, :first_refetch, :run, :signals)
ON CONFLICT (url) DO UPDATE SET
  kind = excluded.kind, state = 'done', attempts = 0, error = '', detail = '', failing_since = NULL,
  had_at = min(coalesce(had_at, excluded.had_at), excluded.had_at), next_try = CASE WHEN excluded.kind = 'page' THEN {NEXT_REFETCH_SQL} END,
  etag = excluded.etag, last_modified = excluded.last_modified, status = excluded.status,
  last_seen = excluded.last_seen, fetched_at = excluded.fetched_at, run_id = excluded.run_id, signals = excluded.signals,
  article_id = coalesce(excluded.article_id, article_id)
RETURNING id"""

_INSERT_DONE = """
INSERT INTO links (id, url, source, kind, state, etag, last_modified, status, article_id, first_seen, last_seen, fetched_at, had_at, next_try, run_id, signals)
VALUES (?, ?, ?, ?, 'done', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_DONE_COLUMNS = itemgetter(
    "url", "source", "kind", "etag", "last_modified", "status", "article_id", "at", "at", "fetched_at", "at",
    "first_refetch", "run", "signals",
)  # fmt: skip

_ANSWERED = """
UPDATE links SET state = 'done', attempts = 0, next_try = NULL, error = '', detail = '', failing_since = NULL, status = 200,
  last_seen = :at, fetched_at = :at, run_id = :run
WHERE url IN (SELECT value FROM json_each(:urls)) AND kind = 'source' AND state IN ('failed', 'gone')"""

_FAILED = """
INSERT INTO links (url, source, kind, state, attempts, next_try, status, error, detail, first_seen, last_seen, run_id, failing_since)
VALUES (:url, :source, :kind, :state, :attempts, :next_try, :status, :error, :detail, :at, :at, :run, :at)
ON CONFLICT (url) DO UPDATE SET
  kind = excluded.kind, state = excluded.state, attempts = excluded.attempts, next_try = excluded.next_try, status = excluded.status,
  error = excluded.error, detail = excluded.detail, last_seen = excluded.last_seen, run_id = excluded.run_id,
  failing_since = coalesce(failing_since, excluded.failing_since)
RETURNING id, article_id"""

_SET_UNCHANGED = f"""
UPDATE links SET state = 'done', attempts = 0, error = '', detail = '', failing_since = NULL, status = 304, next_try = {NEXT_REFETCH_SQL},
  had_at = min(had_at, :at), last_seen = :at, fetched_at = :at, run_id = :run"""
_UNCHANGED = f"{_SET_UNCHANGED} WHERE url = :url RETURNING article_id"
_UNCHANGED_ALIAS = f"{_SET_UNCHANGED} WHERE id = (SELECT link_id FROM aliases WHERE url = :url) RETURNING article_id"

_LEAVE_TO_TARGET = """
UPDATE links SET next_try = NULL WHERE url = :url AND kind = 'page' AND state = 'done' AND EXISTS (
  SELECT 1 FROM links AS target
  WHERE target.url = :target AND target.url <> links.url AND target.kind = 'page' AND target.state = 'done'
)"""

_KNOWN = """
SELECT url, etag, last_modified, fetched_at, article_id, kind = 'source' OR next_try <= :now AS due, iif(kind = 'page' AND state = 'done', url, ''),
  next_try IS NOT NULL
FROM links
WHERE url IN (SELECT value FROM json_each(:urls)) AND state <> 'new'"""

_KNOWN_ALIASES = """
SELECT aliases.url, iif(aliases.kind = 'redirect', links.etag, ''), iif(aliases.kind = 'redirect', links.last_modified, ''), links.fetched_at,
  iif(links.state = 'done', links.url, ''), links.next_try IS NOT NULL
FROM aliases JOIN links ON links.id = aliases.link_id
WHERE aliases.url IN (SELECT value FROM json_each(:urls)) AND links.state IN ('done', 'failed')"""

_WAITING = """
SELECT url, title, published FROM links
WHERE source = ? AND kind = 'page' AND next_try <= ?
ORDER BY state <> 'new', coalesce(published, first_seen) DESC, id LIMIT ?"""


_PAUSED = """
INSERT INTO hosts (host, until, reason, run_id) VALUES (?, ?, ?, ?)
ON CONFLICT (host) DO UPDATE SET until = excluded.until, reason = excluded.reason, run_id = excluded.run_id"""


def mark_paused(db: Database, paused: HostPaused, visit: Visit) -> None:
    """Record until when a host is paused."""
    db.conn.execute(_PAUSED, (plain(paused.host), iso(paused.until), plain(paused.reason), visit.run))


def read_paused(db: Database, *, at: datetime) -> tuple[HostPaused, ...]:
    """The hosts that are paused at a time, the earliest end first."""
    now, latest = iso(at), iso(latest_pause(at))
    rows = db.conn.execute(
        "SELECT host, until, reason FROM hosts WHERE until > ? AND until <= ? ORDER BY until, host", (now, latest)
    )
    return tuple(HostPaused(host, datetime.fromisoformat(until), reason) for host, until, reason in rows)


def mark_named(db: Database, links: Sequence[Link], visit: Visit) -> None:
    """Record links that a source named, so that a later run fetches those that this run does not reach."""
    rows = [
        {
            "url": plain(link.url),
            "source": plain(link.source),
            "title": plain(link.title),
            "published": iso_or_none(link.published),
            "at": visit.at,
            "run": visit.run,
        }
        for link in links
    ]
    db.conn.executemany(_NAMED, rows)


def retry_refused_hosts(db: Database, hosts: Sequence[str] | None, *, now: str) -> None:
    """Make links due that were refused for a private address, at hosts that this run allows.

    `hosts` are as in `Settings.allow_hosts`; None allows every host.
    """
    refused = db.conn.execute(_REFUSED, (now,)).fetchall() if hosts is None or hosts else []
    ids = [link_id for link_id, url, detail in refused if hosts is None or is_allowed_now(url, detail, hosts)]
    if ids:
        db.conn.execute(_RETRY_NOW, {"ids": json.dumps(ids), "now": now})


def is_allowed_now(url: str, detail: str, hosts: Sequence[str]) -> bool:
    """Whether a refused link is allowed now. The first word of `detail` is the refused host, perhaps a redirect's target."""
    parts, refused = urlsplit(url), detail.partition(" ")[0]
    if refused == parts.hostname:
        return not set(hosts).isdisjoint(spellings(refused, parts.port or DEFAULT_PORTS[parts.scheme]))
    return refused in {urlsplit(f"//{host}").hostname for host in hosts}


def mark_changed(db: Database, urls: Sequence[str], visit: Visit) -> None:
    """Make the pages due that a source reports as changed, regardless of their schedule."""
    if urls:
        db.conn.execute(_CHANGED, {"urls": json.dumps([plain(url) for url in urls]), "at": visit.at})


def mark_answered(db: Database, urls: Sequence[str], visit: Visit) -> None:
    """End the failures of a source's documents that answer again. Those without validators have no other record of it."""
    if urls:
        row = {"urls": json.dumps([plain(url) for url in urls]), "at": visit.at, "run": visit.run}
        db.conn.execute(_ANSWERED, row)


def done_values(
    link: Link,
    known: Known,
    visit: Visit,
    *,
    kind: str = "page",
    status: int = 200,
    article_id: int | None = None,
    signals: Sequence[str] = (),
) -> dict[str, Any]:
    """A fetched link by the names of `_DONE`: its validators, its signals to archives, and its next refetch."""
    delays, first = _refetches(visit.at, tuple(visit.revisit_delays.get(link.source, REVISIT)))
    return {
        "url": plain(link.url),
        "source": plain(link.source),
        "kind": kind,
        "etag": plain(known.etag),
        "last_modified": plain(known.last_modified),
        "status": status,
        "article_id": article_id,
        "at": visit.at,
        "fetched_at": iso_or_none(known.fetched_at) or visit.at,
        "delays": delays,
        "signals": array(signals),
        "first_refetch": first if kind == "page" else None,
        "run": visit.run,
    }


@lru_cache(1000)
def _refetches(at: str, delays: tuple[float, ...]) -> tuple[str, str | None]:
    """The delays as JSON, and the time of the first refetch: the same for all pages of a source in one batch."""
    return json.dumps(delays), iso_or_none(first_refetch(datetime.fromisoformat(at), delays))


def mark_done(db: Database, values: dict[str, Any]) -> int:
    """Record that a link was fetched; its row's id."""
    return int(db.conn.execute(_DONE, values).fetchone()[0])


def insert_done(db: Database, links: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Record links that were fetched and were not known before, each under its id."""
    db.conn.executemany(_INSERT_DONE, [(link_id, *_DONE_COLUMNS(values)) for link_id, values in links])


def mark_failed(db: Database, failure: Failure, visit: Visit) -> tuple[int, int | None, str]:
    """Record a failure and the time of the next try; the link's id, its article's id if it has one, and its new state.

    Validators of an earlier success are kept, because the text that they belong to is still stored.
    """
    url = plain(failure.link.url)
    before = db.conn.execute("SELECT attempts FROM links WHERE url = ?", (url,)).fetchone()
    attempts = (before[0] if before else 0) + (failure.kind != "paused")  # a paused host was not contacted
    state, next_try = schedule_retry(failure, attempts=attempts, at=visit.time)
    row = {
        "url": url,
        "source": plain(failure.link.source),
        "kind": "source" if failure.of_source else "page",
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
    """Record a 304 Not Modified and the next refetch; the id of the link's article, if it has one."""
    delays = json.dumps(visit.revisit_delays.get(link.source, REVISIT))
    row = {"url": plain(link.url), "at": visit.at, "run": visit.run, "delays": delays}
    found = db.conn.execute(_UNCHANGED, row).fetchone()
    if found is None:
        found = db.conn.execute(_UNCHANGED_ALIAS, row).fetchone()
    return found[0] if found else None


def leave_to_target(db: Database, link: Link, target: str) -> None:
    """End the refetches of a link that moved for good to another fetched link, which has refetches of its own."""
    db.conn.execute(_LEAVE_TO_TARGET, {"url": plain(link.url), "target": plain(target)})


def read_known(db: Database, urls: Sequence[str], *, now: str) -> dict[str, Known]:
    """Validators and state of URLs. A URL to be fetched unconditionally is left out: a new one, or a failed one that is due.

    A page is not due before its next refetch or retry, if it is gone, or if it is another URL of an article: an article is
    refetched under its own URL.
    """
    asked = {"urls": json.dumps(list(urls)), "now": now}
    known: dict[str, Known] = {}
    for url, etag, last_modified, fetched_at, own, scheduled in db.conn.execute(_KNOWN_ALIASES, asked):
        known[url] = Known(etag, last_modified, moment(fetched_at), due=False, own=own, scheduled=bool(scheduled))
    for url, etag, last_modified, fetched_at, article_id, due, own, scheduled in db.conn.execute(_KNOWN, asked):
        known.pop(url, None)
        if due and article_id is None and not etag and not last_modified:
            continue
        known[url] = Known(etag, last_modified, moment(fetched_at), due=bool(due), own=own, scheduled=bool(scheduled))
    return known


def read_waiting(db: Database, source: str, *, now: str, limit: int) -> tuple[Link, ...]:
    """A source's links that are due: new links first, then the others, each newest first."""
    rows = db.conn.execute(_WAITING, (source, now, limit))
    return tuple(Link(url, source, title, moment(published)) for url, title, published in rows)
