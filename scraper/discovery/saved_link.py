"""One page of a reading list. Apart from the readers of lists, so that the archive needs none of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

MAX_TAGS: Final = 100
"""Limit on the tags of one page."""


@dataclass(frozen=True, slots=True)
class SavedLink:
    """One page that a reader saved. `url` is canonical; `saved_at` is None if the list does not say."""

    url: str
    title: str = ""
    saved_at: datetime | None = None
    tags: tuple[str, ...] = ()
    folder: str = ""


def merged(first: SavedLink, second: SavedLink) -> SavedLink:
    """Two entries of one page as one: the first date of saving, and all tags."""
    times = [link.saved_at for link in (first, second) if link.saved_at]
    return replace(
        first,
        title=first.title or second.title,
        saved_at=min(times, default=None),
        tags=tuple(dict.fromkeys((*first.tags, *second.tags)))[:MAX_TAGS],
        folder=first.folder or second.folder,
    )
