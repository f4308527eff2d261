"""Fetched pages after all work that needs no write lock: compressed, their texts hashed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archive.store.columns import PlainText, plain_text
from archive.store.identity import key_of
from archive.store.near_duplicates import shingles_of
from archive.store.near_index import NearText, near_text
from archive.store.page_dictionaries import host_of
from archive.store.raw_pages import PackedPage
from scraper.types import Failure, Fetched, HostPaused, SourceRead, Unchanged
from scraper.types import Outcome as Crawled


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """A fetched page, compressed, its text hashed. `near` is the text under the host of the page's own address."""

    fetched: Fetched
    page: PackedPage
    text: PlainText
    near: NearText


Prepared = PreparedPage | Unchanged | Failure | SourceRead | HostPaused


def prepare(outcomes: Sequence[Crawled], *, pack: Callable[[Fetched], PackedPage]) -> list[Prepared]:
    """The outcomes after all work that needs no write lock, so that the lock is held briefly.

    Pages of one host are compressed one after the other: their reference page then stays in the processor's cache.
    """
    fetched = [(place, outcome) for place, outcome in enumerate(outcomes) if isinstance(outcome, Fetched)]
    texts = [outcome.extraction.text for _, outcome in fetched]
    by_host = sorted(fetched, key=lambda pair: host_of(pair[1].page.final_url))
    packed = {place: pack(outcome) for place, outcome in by_host}
    pages = {
        place: PreparedPage(outcome, packed[place], plain_text(text), near_text(hashes, host=host_of(key_of(outcome))))
        for (place, outcome), text, hashes in zip(fetched, texts, shingles_of(texts), strict=True)
    }
    return [pages[place] if isinstance(item, Fetched) else item for place, item in enumerate(outcomes)]
