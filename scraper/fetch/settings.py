"""How to fetch: what a run is told, and what it may tell one host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from scraper.fetch.addresses import parse_allow_host
from scraper.fetch.throttle import RetryPolicy
from scraper.urls.canonical import DEFAULT_PORTS

USER_AGENT: Final = "Cuttings/0.1 (news archiver; set user_agent to name yourself)"
"""Truthful, but names nobody to write to: a source list should say who is asking."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to fetch. Times in seconds; `delay` is between the starts of two requests to one real host, `delays` of some by name.

    `allow_hosts` are "HOST" or "HOST:PORT" that may be private; `proxy` is empty or like `http://HOST:PORT`.
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
    max_bytes: int = 20_000_000
    max_wire: int = 20_000_000
    max_redirects: int = 10
    concurrency: int = 64
    pages_in_hand: int = 48
    max_crawl_delay: float = 60.0
    patience: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Headers and cookies for one host ("HOST" or "HOST:PORT") and no other, and never in clear after they began secured."""

    host: str
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()

    def rows(self, target: str, first: str) -> tuple[tuple[str, str], ...]:
        """The header fields for a request to `target` that began as one to `first`."""
        scheme, _, authority = target.split("/", 3)[:3]
        if authority != parse_allow_host(self.host).removesuffix(f":{DEFAULT_PORTS[scheme[:-1]]}"):
            return ()
        if scheme == "http:" and first.startswith("https:"):
            return ()
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies)
        return (*self.headers, ("Cookie", cookie)) if cookie else self.headers
