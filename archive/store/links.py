"""The links table: what was named, what was tried, what came of it, what to ask for next.

::

    new      named by a source, not asked for yet         asked for in the next run that has room for it
    done     had                                          looked at again, ever less often, until the schedule ends;
                                                          after that when its source says that it was changed
    failed   could not be had, or held no article         tried again, ever less often, or when the server said
    gone     404, 410, or failed for too long             left alone

`next_try` is the time from which a link is asked for, whether or not its source still names it; never, without one.
Writers run inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlite_utils import Database

from archive.store.columns import Visit, array, iso, iso_or_none, moment, plain
from archive.store.decisions import after_failure
from scraper.fetch.addresses import spellings
from scraper.sources.source_list import REVISIT
from scraper.types import Failure, HostPaused, Known, Link
from scraper.urls.canonical import DEFAULT_PORTS

BY_HAND: Final = "add"
"""The source of single pages that `cuttings add` was given: it names nothing new by itself."""

MAX_PAUSE: Final = timedelta(days=7)
"""No server is believed that asks for more: a slip of a digit must not lose a link for years."""

_NAMED = """
INSERT INTO links (url, source, kind, state, next_try, title, published, first_seen, last_seen, run_id)
VALUES (:url, :source, 'page', 'new', :at, :title, :published, :at, :at, :run)
ON CONFLICT (url) DO NOTHING"""

_NEXT_LOOK = """(
  SELECT min(look) FROM (
    SELECT strftime('%Y-%m-%dT%H:%M:%SZ', coalesce(links.had_at, :at), value || ' seconds') AS look FROM json_each(:looks)
  ) WHERE look > :at
)"""

_REFUSED = """
SELECT id, url, detail FROM links
WHERE error = 'private-address' AND state IN ('failed', 'gone') AND kind = 'page' AND (next_try IS NULL OR next_try > ?)"""
_LET_IN = (
    "UPDATE links SET state = 'failed', attempts = 0, next_try = :now WHERE id IN (SELECT value FROM json_each(:ids))"
)

_CHANGED = """
UPDATE links SET next_try = :at
WHERE url IN (SELECT value FROM json_each(:urls)) AND kind = 'page' AND state = 'done' AND (next_try IS NULL OR next_try > :at)"""

_DONE = f"""
INSERT INTO links (url, source, kind, state, etag, last_modified, status, article_id, first_seen, last_seen, fetched_at, had_at, next_try, run_id, signals)
VALUES (:url, :source, :kind, 'done', :etag, :last_modified, :status, :article_id, :at, :at, :fetched_at, :at, :first_look, :run, :signals)
ON CONFLICT (url) DO UPDATE SET
  kind = excluded.kind, state = 'done', attempts = 0, error = '', detail = '',
  had_at = coalesce(had_at, excluded.had_at), next_try = CASE WHEN excluded.kind = 'page' THEN {_NEXT_LOOK} END,
  etag = excluded.etag, last_modified = excluded.last_modified, status = excluded.status,
  last_seen = excluded.last_seen, fetched_at = excluded.fetched_at, run_id = excluded.run_id, signals = excluded.signals,
  article_id = coalesce(excluded.article_id, article_id)
RETURNING id"""

_FAILED = """
INSERT INTO links (url, source, kind, state, attempts, next_try, status, error, detail, first_seen, last_seen, run_id)
VALUES (:url, :source, :kind, :state, :attempts, :next_try, :status, :error, :detail, :at, :at, :run)
ON CONFLICT (url) DO UPDATE SET
  kind = excluded.kind, state = excluded.state, attempts = excluded.attempts, next_try = excluded.next_try, status = excluded.status,
  error = excluded.error, detail = excluded.detail, last_seen = excluded.last_seen, run_id = excluded.run_id
RETURNING id, article_id"""

_UNCHANGED = f"""
UPDATE links SET state = 'done', attempts = 0, error = '', detail = '', status = 304, next_try = {_NEXT_LOOK},
  last_seen = :at, fetched_at = :at, run_id = :run
WHERE url = :url RETURNING article_id"""

_UNCHANGED_ALIAS = _UNCHANGED.replace("WHERE url = :url", "WHERE id = (SELECT link_id FROM aliases WHERE url = :url)")

_KNOWN = """
SELECT url, etag, last_modified, fetched_at, article_id, kind = 'source' OR next_try <= :now AS due, iif(kind = 'page' AND state = 'done', url, '') FROM links
WHERE url IN (SELECT value FROM json_each(:urls)) AND state <> 'new'"""

_KNOWN_ALIASES = """
SELECT aliases.url, iif(aliases.kind = 'redirect', links.etag, ''), iif(aliases.kind = 'redirect', links.last_modified, ''), links.fetched_at,
  iif(links.state = 'done', links.url, '')
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
    """Remember until when a host is to be left alone."""
    db.conn.execute(_PAUSED, (plain(paused.host), iso(paused.until), plain(paused.reason), visit.run))


def read_paused(db: Database, *, now: str) -> tuple[HostPaused, ...]:
    """The hosts that are to be left alone, the first to be over first."""
    rows = db.conn.execute("SELECT host, until, reason FROM hosts WHERE until > ? ORDER BY until, host", (now,))
    return tuple(HostPaused(host, datetime.fromisoformat(until), reason) for host, until, reason in rows)


def mark_named(db: Database, links: Sequence[Link], visit: Visit) -> None:
    """Remember links that a source named, so that none is lost when this run does not come to it."""
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
    """Make due what was refused for its private address and may be asked for in this run: at these hosts, at any with None.

    `hosts` are as in `Settings.allow_hosts`.
    """
    refused = db.conn.execute(_REFUSED, (now,)).fetchall() if hosts is None or hosts else []
    ids = [link_id for link_id, url, detail in refused if hosts is None or is_allowed_now(url, detail, hosts)]
    if ids:
        db.conn.execute(_LET_IN, {"ids": json.dumps(ids), "now": now})


def is_allowed_now(url: str, detail: str, hosts: Sequence[str]) -> bool:
    """Whether what was refused is open: the first word of what was told names the host, which may be where a redirect led."""
    parts, refused = urlsplit(url), detail.partition(" ")[0]
    if refused == parts.hostname:
        return not set(hosts).isdisjoint(spellings(refused, parts.port or DEFAULT_PORTS[parts.scheme]))
    return refused in {urlsplit(f"//{host}").hostname for host in hosts}


def mark_changed(db: Database, urls: Sequence[str], visit: Visit) -> None:
    """Make pages due that their source says were changed, whatever their schedule, so that none waits for another word of it."""
    if urls:
        db.conn.execute(_CHANGED, {"urls": json.dumps([plain(url) for url in urls]), "at": visit.at})


def mark_done(
    db: Database,
    link: Link,
    known: Known,
    visit: Visit,
    *,
    kind: str = "page",
    status: int = 200,
    article_id: int | None = None,
    signals: Sequence[str] = (),
) -> int:
    """Remember that the link was had, its validators, what it asks of archives, and when to look again; its row's id."""
    revisit_delays = visit.revisit_delays.get(link.source, REVISIT)
    row = {
        "url": plain(link.url),
        "source": plain(link.source),
        "kind": kind,
        "etag": plain(known.etag),
        "last_modified": plain(known.last_modified),
        "status": status,
        "article_id": article_id,
        "at": visit.at,
        "fetched_at": iso_or_none(known.fetched_at) or visit.at,
        "looks": json.dumps(revisit_delays),
        "signals": array(signals),
        "first_look": first_revisit(visit, revisit_delays) if kind == "page" else None,
        "run": visit.run,
    }
    return int(db.conn.execute(_DONE, row).fetchone()[0])


def first_revisit(visit: Visit, revisit_delays: Sequence[float]) -> str | None:
    """When a page that was had for the first time is looked at again; None for never."""
    soonest = min((seconds for seconds in revisit_delays if seconds >= 1), default=None)
    return None if soonest is None else iso(visit.time + timedelta(seconds=soonest))


def mark_failed(db: Database, failure: Failure, visit: Visit) -> tuple[int, int | None, str]:
    """Remember a failure and when to try again: the link's id, its article's id if it has one, and its state now.

    Validators of an earlier success are kept: the text they belong to is still there.
    """
    url = plain(failure.link.url)
    before = db.conn.execute("SELECT attempts FROM links WHERE url = ?", (url,)).fetchone()
    attempts = (before[0] if before else 0) + (failure.kind != "paused")  # nobody was asked
    state, next_try = after_failure(failure.kind, status=failure.status, attempts=attempts, at=visit.time)
    if next_try is not None:
        next_try = max(next_try, visit.time + min(timedelta(seconds=min(failure.retry_after, 1e9)), MAX_PAUSE))
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
    """Remember a "not modified", and when to look again; the link's article, if it has one."""
    revisit_delays = json.dumps(visit.revisit_delays.get(link.source, REVISIT))
    row = {"url": plain(link.url), "at": visit.at, "run": visit.run, "looks": revisit_delays}
    found = db.conn.execute(_UNCHANGED, row).fetchone()
    if found is None:
        found = db.conn.execute(_UNCHANGED_ALIAS, row).fetchone()
    return found[0] if found else None


def read_known(db: Database, urls: Sequence[str], *, now: str) -> dict[str, Known]:
    """What is remembered of addresses; one that is to be fetched as if never seen is left out.

    Left out: addresses that nobody asked for yet, and those that failed and are due again. Not due are pages between two
    looks or two tries, those that are gone, and further addresses of an article, which is looked at under its own.
    """
    asked = {"urls": json.dumps(list(urls)), "now": now}
    known: dict[str, Known] = {}
    for url, etag, last_modified, fetched_at, own in db.conn.execute(_KNOWN_ALIASES, asked):
        known[url] = Known(etag, last_modified, moment(fetched_at), due=False, own=own)
    for url, etag, last_modified, fetched_at, article_id, due, own in db.conn.execute(_KNOWN, asked):
        known.pop(url, None)
        if due and article_id is None and not etag and not last_modified:
            continue
        known[url] = Known(etag, last_modified, moment(fetched_at), due=bool(due), own=own)
    return known


def read_waiting(db: Database, source: str, *, now: str, limit: int) -> tuple[Link, ...]:
    """A source's links that are due, first those never asked for, of each sort the newest first."""
    rows = db.conn.execute(_WAITING, (source, now, limit))
    return tuple(Link(url, source, title, moment(published)) for url, title, published in rows)
