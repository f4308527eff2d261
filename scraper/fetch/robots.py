"""robots.txt (RFC 9309), parsed by Protego: which URLs may be fetched, and how fast.

Parsing never fails; lines that are not understood forbid nothing. If the file cannot be fetched, a client error allows
everything; a server error or no answer forbids everything (RFC 9309, 2.3.1).
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass
from typing import Final

from protego import Protego

from scraper.errors import UNREACHABLE_KINDS, FetchError

MAX_BYTES: Final = 500 * 1024
"""Size limit of a file; longer files are cut. RFC 9309, 2.5 requires at least this."""
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
    """Rules of one host. `refusal` is the kind and detail of the error if nothing may be fetched."""

    rules: Protego | None = None
    refusal: tuple[str, str] | None = None

    def allows(self, url: str, agent: str) -> bool:
        """Whether `agent` (a product token) may fetch a URL."""
        return self.rules is None or bool(self.rules.can_fetch(url, agent))

    def crawl_delay(self, agent: str) -> float:
        """Return the seconds that the host wants between requests; 0 if it names none or an invalid number."""
        wanted = self.rules.crawl_delay(agent) if self.rules else None
        return float(wanted) if wanted and math.isfinite(wanted) and wanted > 0 else 0.0

    @property
    def max_age_seconds(self) -> float:
        """Time after which the file is fetched again."""
        return RETRY_AFTER_SECONDS if self.refusal else MAX_AGE_SECONDS

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that the file names."""
        return tuple(self.rules.sitemaps) if self.rules else ()


ALLOW_ALL: Final = Robots()
"""The policy of a host without a robots.txt."""


def parse_robots(body: bytes) -> Robots:
    """Return the rules of a robots.txt; accepts any bytes."""
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = body[:MAX_BYTES].decode("utf-16" if wide else "utf-8-sig", "replace")
    return Robots(Protego.parse(text.replace("\x00", "\ufffd")))


def robots_after_error(error: FetchError, *, before: Robots | None = None) -> Robots:
    """Return the policy for a host whose robots.txt could not be fetched. If the host is in trouble, the rules from
    `before` stay.
    """
    if error.kind == "redirects" or error.is_refusal:
        return ALLOW_ALL
    if before is not None and before.rules is not None:
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
