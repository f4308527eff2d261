"""robots.txt (RFC 9309): which URLs may be fetched, and how fast. `robots_groups` finds the lines that apply to a client,
Protego matches their paths.

Parsing never fails; lines that are not understood forbid nothing. If the file cannot be fetched, a client error allows
everything; a server error or no answer forbids everything (RFC 9309, 2.3.1).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Final

from protego import Protego

from scraper.errors import UNREACHABLE_KINDS, FetchError
from scraper.fetch.robots_groups import MAX_BYTES, Line, parse_groups, parse_lines
from scraper.urls.canonical import STRAY_PERCENT

__all__ = ["MAX_BYTES", "Robots", "parse_robots", "product_token", "robots_after_error"]

MAX_REDIRECTS: Final = 5
"""Redirects that are followed (RFC 9309, 2.3.1.2)."""
MAX_AGE_SECONDS: Final = 86_400.0
"""Time after which a file is fetched again (RFC 9309, 2.4)."""
RETRY_AFTER_SECONDS: Final = 3_600.0
"""Time after which a file that could not be fetched is tried again."""
TOKEN: Final = re.compile(r"[A-Za-z_-]+")
"""A product token (RFC 9309, 2.2.1)."""
REFUSAL_KINDS: Final = UNREACHABLE_KINDS - {"protocol", "paused"}
"""Kinds of failure that would stop the page as well: the refusal keeps the kind. Every other refusal is `robots`."""


@dataclass(frozen=True, slots=True)
class Robots:
    """The robots.txt of one host, None if it has none. `refusal` is the kind and detail of the error if nothing may be
    fetched. `parsed` keeps the rules of each client that was asked for.
    """

    lines: tuple[Line, ...] | None = None
    refusal: tuple[str, str] | None = None
    parsed: dict[str, Protego] = field(default_factory=dict, compare=False, repr=False)

    def rules(self, agent: str) -> Protego:
        """Return the rules for a client: of the groups that name it, else of the groups for everyone."""
        if agent not in self.parsed:
            lines = self.lines or ()
            text = parse_groups(lines, agent)
            self.parsed[agent] = Protego.parse((parse_groups(lines, "*") or "") if text is None else text)
        return self.parsed[agent]

    def allows(self, url: str, agent: str) -> bool:
        """Whether `agent` (a product token) may fetch a URL."""
        return self.lines is None or bool(self.rules(agent).can_fetch(STRAY_PERCENT.sub("%25", url), "*"))

    def crawl_delay(self, agent: str) -> float:
        """Return the seconds that the host wants between requests; 0 if it names none or an invalid number."""
        wanted = self.rules(agent).crawl_delay("*") if self.lines else None
        return float(wanted) if wanted and math.isfinite(wanted) and wanted > 0 else 0.0

    @property
    def max_age_seconds(self) -> float:
        """Time after which the file is fetched again."""
        return RETRY_AFTER_SECONDS if self.refusal else MAX_AGE_SECONDS

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that the file names."""
        return tuple(line.value for line in self.lines or () if line.field == "sitemap" and line.value)


ALLOW_ALL: Final = Robots()
"""The policy of a host without a robots.txt."""


def parse_robots(body: bytes) -> Robots:
    """Return the rules of a robots.txt; accepts any bytes."""
    return Robots(parse_lines(body))


def robots_after_error(error: FetchError, *, before: Robots | None = None) -> Robots:
    """Return the policy for a host whose robots.txt could not be fetched. If the host is in trouble, the rules from
    `before` stay.
    """
    if error.kind == "redirects" or error.is_refusal:
        return ALLOW_ALL
    if before is not None and before.lines is not None:
        return before
    if error.kind in REFUSAL_KINDS:
        return Robots(refusal=(error.kind, error.detail))
    return Robots(refusal=("robots", f"robots.txt could not be fetched: {error.detail}"))


def product_token(user_agent: str) -> str:
    """Return the name that robots.txt knows a client by.

    >>> product_token("Cuttings/0.1 (+https://example.org)")
    'Cuttings'
    """
    found = TOKEN.search(user_agent)
    return found[0] if found else "*"
