"""Failed links: how many of which kind, and each with its address, its reason and its next try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlite_utils import Database

from archive.store.columns import iso, iso_or_none, moment
from archive.store.connection import archive_errors
from scraper.errors import FETCH_KINDS

if TYPE_CHECKING:
    from archive.store.archive import Archive

REQUESTED: Final = frozenset({"robots", "paused", "reserved"})
"""Kinds of failure that a site requested. Links of these kinds do not count as failed."""

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
SELECT {_COLUMNS} FROM links WHERE source = :source AND state = :state ORDER BY last_seen DESC, id DESC LIMIT :most"""
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


def count_failures(db: Database) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """By source, the links that are retried and those that are gone, each by kind of failure."""
    counts: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    for source, state, kind, number in db.conn.execute(_COUNTS):
        counts.setdefault(source, ({}, {}))[state == "gone"][kind] = number
    return counts


def failed_links(db: Database, source: str, *, gone: bool = False, most: int = MAX_LISTED) -> tuple[FailedLink, ...]:
    """A source's links that failed and are retried, or those that are gone; the last tried first."""
    values = {"source": source, "state": "gone" if gone else "failed", "most": most}
    return tuple(_link(row) for row in db.conn.execute(_OF_SOURCE, values))


def read_failed(archive: Archive) -> tuple[FailedLink, ...]:
    """All links that failed and all that are gone, by source."""
    with archive_errors(archive.path):
        return tuple(_link(row) for row in archive.db.conn.execute(_ALL))


def links_failed_in(db: Database, run: int) -> tuple[FailedLink, ...]:
    """The links that failed in a run, the last tried first. Links that the site asked not to fetch are left out."""
    found = (_link(row) for row in db.conn.execute(_OF_RUN, {"run": run}))
    return tuple(link for link in found if link.kind not in REQUESTED)


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
