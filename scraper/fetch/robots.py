"""robots.txt (RFC 9309), judged by Protego: what may be asked for, and how fast.

Reading never fails: what cannot be understood forbids nothing. What the *fetching* of the file means is decided here too:
a client error allows everything, a server error or no answer forbids everything (RFC 9309, 2.3.1).
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass
from typing import Final

from protego import Protego

from scraper.errors import FetchError

MAX_BYTES: Final = 500 * 1024
"""What is read of a file; RFC 9309, 2.5 asks for at least that."""
MAX_REDIRECTS: Final = 5
MAX_AGE: Final = 86_400.0
REFUSED_FOR: Final = 3_600.0
"""Seconds after which a host whose file could not be had is asked for it again."""
TOKEN: Final = re.compile(r"[A-Za-z_-]+")
UNREACHABLE: Final = frozenset({"dns", "refused", "timeout", "tls", "private-address", "proxy"})
TOO_MANY: Final = 429
SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Robots:
    """What a host asks of us. `refusal` is a kind and detail when nothing may be fetched at all."""

    rules: Protego | None = None
    refusal: tuple[str, str] | None = None

    def allows(self, url: str, agent: str) -> bool:
        """Whether `agent` (a product token) may ask for a URL."""
        return self.rules is None or bool(self.rules.can_fetch(url, agent))

    def delay(self, agent: str) -> float:
        """Seconds that the host wants between requests; 0 when it does not say, or nonsense."""
        wanted = self.rules.crawl_delay(agent) if self.rules else None
        return float(wanted) if wanted and math.isfinite(wanted) and wanted > 0 else 0.0

    @property
    def lasts(self) -> float:
        """Seconds after which the file is to be asked for again (RFC 9309, 2.4)."""
        return REFUSED_FOR if self.refusal else MAX_AGE

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that it names."""
        return tuple(self.rules.sitemaps) if self.rules else ()


ALLOW_ALL: Final = Robots()


def parse_robots(body: bytes) -> Robots:
    """The rules of a robots.txt; any bytes will do."""
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = body[:MAX_BYTES].decode("utf-16" if wide else "utf-8-sig", "replace")
    return Robots(Protego.parse(text.replace("\x00", "\ufffd")))


def robots_after(error: FetchError, *, before: Robots | None = None) -> Robots:
    """What holds for a host whose robots.txt could not be had; what it said `before` holds on while it is in trouble."""
    if error.kind == "redirects" or (
        error.kind == "status" and error.status < SERVER_ERROR and error.status != TOO_MANY
    ):
        return ALLOW_ALL
    if before is not None and before.rules is not None:
        return before
    if error.kind in UNREACHABLE:
        return Robots(refusal=(error.kind, error.detail))
    return Robots(refusal=("robots", f"robots.txt could not be read: {error.detail}"))


def product_token(user_agent: str) -> str:
    """The name that robots.txt knows a client by.

    >>> product_token("Cuttings/0.1 (+https://example.org)")
    'Cuttings'
    """
    found = TOKEN.search(user_agent)
    return found[0] if found else "*"
