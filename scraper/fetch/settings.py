"""Settings of a run's HTTP client, and the headers and cookies that it sends to one host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from scraper.fetch.addresses import parse_allow_host
from scraper.fetch.throttle import RetryPolicy
from scraper.text.patterns import lazy_pattern
from scraper.urls.canonical import DEFAULT_PORTS

USER_AGENT: Final = "Cuttings/0.1 (news archiver; set user_agent to name yourself)"
"""Default name, without a contact address: a source list should set one."""
HEADER_NAME: Final = lazy_pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""The name of a header or cookie (RFC 9110, 5.6.2; RFC 6265, 4.1.1)."""
CLIENT_HEADERS: Final = frozenset(
    "host connection content-length transfer-encoding te trailer upgrade expect accept-encoding user-agent range "
    "proxy-authorization".split()
)
"""Headers that only the client sets: they belong to the protocol or name the client."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run's HTTP client. Times are in seconds.

    `delay` is the time between the starts of two requests to one real host; `delays` has other values by host name.
    `per_host` and `concurrency` limit the requests in flight, per real host and in all. `max_pending_pages` limits the
    pages that are being fetched or wait for extraction. `max_wire_bytes` counts a body as sent, `max_body_bytes` as
    decoded. `allow_hosts` are "HOST" or "HOST:PORT" that may be private. `proxy` is empty or like `http://HOST:PORT`.
    """

    user_agent: str = USER_AGENT
    delay: float = 1.0
    delays: tuple[tuple[str, float], ...] = ()
    per_host: int = 2
    allow_private: bool = False
    allow_hosts: tuple[str, ...] = ()
    proxy: str = ""
    http2: bool = True
    deadline: float = 60.0
    connect_timeout: float = 15.0
    max_body_bytes: int = 20_000_000
    max_wire_bytes: int = 20_000_000
    max_redirects: int = 10
    concurrency: int = 64
    max_pending_pages: int = 48
    max_crawl_delay: float = 60.0
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Headers and cookies for one host ("HOST" or "HOST:PORT"): never for another host, never over http after https."""

    host: str
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()

    def rows(self, target: str, first: str) -> tuple[tuple[str, str], ...]:
        """Return the header fields for a request to `target`; `first` is the target before any redirect."""
        scheme, _, authority = target.split("/", 3)[:3]
        if authority != parse_allow_host(self.host).removesuffix(f":{DEFAULT_PORTS[scheme[:-1]]}"):
            return ()
        if scheme == "http:" and first.startswith("https:"):
            return ()
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies)
        return (*self.headers, ("Cookie", cookie)) if cookie else self.headers
