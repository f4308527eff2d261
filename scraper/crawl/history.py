"""What earlier runs know, as a crawl asks for it: whoever keeps an archive answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scraper.types import Known, Link, Source

KnownLookup = Callable[[Sequence[str]], Mapping[str, Known]]
Waiting = Callable[[Source], Sequence[Link]]
"""The links of a source that are due by what earlier runs know, whether or not the source still names them."""
KNOWN_AT_ONCE: Final = 500


def nothing_waits(source: Source) -> tuple[Link, ...]:
    """The `waiting` of a crawl that remembers nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs know."""

    known: KnownLookup
    waiting: Waiting

    def of(self, urls: Sequence[str]) -> dict[str, Known]:
        """What is remembered of any number of URLs."""
        found: dict[str, Known] = {}
        for start in range(0, len(urls), KNOWN_AT_ONCE):
            found |= self.known(urls[start : start + KNOWN_AT_ONCE])
        return found
