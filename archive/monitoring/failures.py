"""Failed links in words for people: how many, of which kind, and one of them with its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from archive.store.connection import archive_errors

if TYPE_CHECKING:
    from archive.store.archive import Archive

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

_LATEST: Final = """
SELECT source, error, status, url, max(last_seen) FROM links WHERE state IN ('failed', 'gone') GROUP BY source"""


@dataclass(frozen=True, slots=True)
class FailedLink:
    """An address that could not be fetched. `kind` is a key of `FETCH_KINDS`, `status` is 0 when there was no answer."""

    kind: str
    status: int
    url: str

    def __str__(self) -> str:
        reason = f"HTTP {self.status}" if self.kind == "status" and self.status else LABELS.get(self.kind, self.kind)
        return f"{reason}: {self.url}"


def failure_text(counts: Mapping[str, int], example: FailedLink | None) -> str:
    """Failures by kind and one example.

    >>> failure_text({"status": 1}, FailedLink("status", 404, "https://a.example/x"))
    'failed: 1 (HTTP 404: https://a.example/x)'
    >>> failure_text({"status": 3, "dns": 1}, FailedLink("dns", 0, "https://b.example/"))
    'failed: 4 (3 HTTP error, 1 unknown host; such as unknown host: https://b.example/)'
    """
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    kinds = ", ".join(f"{count:,} {LABELS.get(kind, kind)}" for kind, count in ordered)
    if example is None:
        return f"failed: {total:,} ({kinds})"
    return f"failed: {total:,} ({f'{kinds}; such as ' if total > 1 else ''}{example})"


def latest_failures(archive: Archive) -> dict[str, FailedLink]:
    """The failed link of each source that was tried last."""
    with archive_errors(archive.path):
        rows = archive.db.conn.execute(_LATEST).fetchall()
    return {source: FailedLink(kind, status, url) for source, kind, status, url, _ in rows}
