"""Failed links: how many of which kind, and each with its address, its reason and its next try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlite_utils import Database

from archive.store.columns import iso, iso_or_none, moment
from archive.store.connection import archive_errors
from scraper.errors import FETCH_KINDS

if TYPE_CHECKING:
    from archive.store.archive import Archive

REQUESTED: Final[Mapping[str, str]] = {
    "robots": "disallowed by robots.txt",
    "reserved": "reserved by their publishers",
    "paused": "on paused hosts",
}
"""Kinds of failure that a site requested, in words. Links of these kinds do not count as failed."""

LABELS: Final[Mapping[str, str]] = {
    "url": "invalid address",
    "dns": "unknown host",
    "refused": "connection refused",
    "timeout": "timeout",
    "tls": "TLS error",
    "private-address": "private address",
    "robots": "robots.txt",
    "redirects": "too many redirects",
    "status": "HTTP error",
    "type": "wrong content type",
    "too-large": "too large",
    "truncated": "incomplete body",
    "decode": "broken encoding",
    "parse": "unreadable feed",
    "protocol": "invalid HTTP",
    "proxy": "proxy error",
    "render": "browser error",
    "paused": "paused host",
    "extract-timeout": "extraction timeout",
    "extract-crashed": "extraction crash",
    "reserved": "reserved by publisher",
    "no-article": "no article text",
}
"""Short names of `FETCH_KINDS`."""

MAX_TOLD: Final = 10
"""Failed links that a message tells one by one; it counts the others."""
MAX_LISTED: Final = 100
"""Failed links of a source that JSON lists."""

_COLUMNS: Final = "url, source, error, status, detail, failing_since, next_try, state, attempts"
_OF_SOURCE: Final = f"""
SELECT {_COLUMNS} FROM links WHERE source = :source AND state = 'failed'
AND error NOT IN ({", ".join(repr(kind) for kind in REQUESTED)}) ORDER BY last_seen DESC, id DESC LIMIT :most"""
_OF_RUN: Final = f"""
SELECT {_COLUMNS} FROM links WHERE state IN ('failed', 'gone') AND run_id = :run ORDER BY last_seen DESC, id DESC"""
_ALL: Final = f"""
SELECT {_COLUMNS} FROM links WHERE state IN ('failed', 'gone') ORDER BY source, state, last_seen DESC, id DESC"""
_COUNTS: Final = """
SELECT source, state, error, count(*) FROM links WHERE state IN ('failed', 'gone') GROUP BY source, state, error"""


@dataclass(frozen=True, slots=True)
class FailedLink:
    """An address that could not be fetched, or has no article. `kind` is a key of `FETCH_KINDS`.

    `status` is 0 when there was no answer. `since` is the first failure after the last success. `next_try` is None for a
    link that is `gone`: it is never fetched again. `is_new`: it failed for the first time.
    """

    url: str
    source: str
    kind: str
    status: int
    detail: str
    since: datetime | None
    next_try: datetime | None
    gone: bool = False
    is_new: bool = True

    @property
    def reason(self) -> str:
        """Why, in a few words: `HTTP 503`, or the kind and what is known beyond it."""
        if self.kind == "status" and self.status:
            return f"HTTP {self.status}"
        if self.kind == "robots":
            return REQUESTED[self.kind]
        if self.kind == "no-article" and self.detail:
            return self.detail
        label = LABELS.get(self.kind, self.kind)
        return f"{label} ({self.detail})" if self.detail and self.detail != FETCH_KINDS.get(self.kind) else label

    def line(self) -> str:
        """The link, its reason, and what becomes of it."""
        since = f", since {iso(self.since)}" if self.since and not self.is_new else ""
        if self.next_try:
            return f"{self.url}: {self.reason}{since}; next try {iso(self.next_try)}"
        return f"{self.url}: {self.reason}{since}; it is not tried again"

    def as_dict(self) -> dict[str, Any]:
        """The link as `--json` prints it, with times in ISO 8601."""
        return {
            "url": self.url,
            "kind": self.kind,
            "status": self.status,
            "detail": self.detail,
            "since": iso_or_none(self.since),
            "next_try": iso_or_none(self.next_try),
        }


def failure_text(counts: Mapping[str, int], *, word: str = "failed") -> str:
    """Failures by kind.

    >>> failure_text({"status": 3, "dns": 1})
    'failed: 4 (3 HTTP error, 1 unknown host)'
    """
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    kinds = ", ".join(f"{count:,} {LABELS.get(kind, kind)}" for kind, count in ordered)
    return f"{word}: {sum(counts.values()):,} ({kinds})"


@dataclass(frozen=True, slots=True)
class FailureCounts:
    """Links by kind of failure: those that failed and are retried, those that are gone, those that a site asked not to fetch."""

    failed: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    requested: dict[str, int] = field(default_factory=dict)


def count_failures(db: Database) -> dict[str, FailureCounts]:
    """The counts of each source that has any."""
    counts: dict[str, FailureCounts] = {}
    for source, state, kind, number in db.conn.execute(_COUNTS):
        found = counts.setdefault(source, FailureCounts())
        group = found.gone if state == "gone" else found.requested if kind in REQUESTED else found.failed
        group[kind] = number
    return counts


def failed_links(db: Database, source: str, *, most: int = MAX_LISTED) -> tuple[FailedLink, ...]:
    """A source's links that failed and are retried, the last tried first."""
    return tuple(_link(row) for row in db.conn.execute(_OF_SOURCE, {"source": source, "most": most}))


def read_failed(archive: Archive) -> tuple[FailedLink, ...]:
    """All links that failed and all that are gone, by source."""
    with archive_errors(archive.path):
        return tuple(_link(row) for row in archive.db.conn.execute(_ALL))


def links_failed_in(db: Database, run: int) -> tuple[FailedLink, ...]:
    """The links that failed in a run, or that a site asked not to fetch; the last tried first."""
    return tuple(_link(row) for row in db.conn.execute(_OF_RUN, {"run": run}))


def _link(row: Sequence[Any]) -> FailedLink:
    url, source, kind, status, detail, since, next_try, state, attempts = row
    return FailedLink(
        url, source, kind, status, detail, moment(since), moment(next_try), gone=state == "gone", is_new=attempts <= 1
    )


def told(links: Sequence[FailedLink], *, most: int = MAX_TOLD, remedy: str) -> Iterator[str]:
    """A line for each link, and one that counts those beyond `most`."""
    yield from (link.line() for link in links[:most])
    if len(links) > most:
        yield f"{len(links) - most:,} more links failed; {remedy}"
