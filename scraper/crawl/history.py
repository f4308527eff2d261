"""Knowledge from earlier runs, which a crawl requests. An archive answers; without an archive nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scraper.types import Known, Link, Source

KnownLookup = Callable[[Sequence[str]], Mapping[str, Known]]
"""Returns what is stored about URLs."""
WaitingLookup = Callable[[Source], Sequence[Link]]
"""Returns the links of a source that earlier runs left due, even if the source no longer names them."""
MAX_URLS_PER_LOOKUP: Final = 500
"""Limit on URLs per lookup, so that an archive can use SQL parameters."""


def no_waiting_links(source: Source) -> tuple[Link, ...]:
    """Return no links: the `waiting` of a crawl without an archive."""
    return ()


@dataclass(frozen=True, slots=True)
class History:
    """Knowledge from earlier runs."""

    known: KnownLookup
    waiting: WaitingLookup

    def lookup(self, urls: Sequence[str]) -> dict[str, Known]:
        """Return what is stored about any number of URLs."""
        found: dict[str, Known] = {}
        for start in range(0, len(urls), MAX_URLS_PER_LOOKUP):
            found |= self.known(urls[start : start + MAX_URLS_PER_LOOKUP])
        return found
