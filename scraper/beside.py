"""Removals that are also kept beside the body: the only blocks of a page that occur twice, in the ledger and in the article.

A caption is kept where a picture of the article is (`Stripped.captions`), a note wherever it says something.
"""

from __future__ import annotations

from typing import Final

from scraper.text.sentences import TEXT_END
from scraper.types import BlockKind, Removal, RemovalKind

NOTE_KINDS: Final[frozenset[RemovalKind]] = frozenset({"author-box", "affiliate"})
"""Removals that say something about the author or the article."""

MIN_NOTE_CHARS: Final = 30
"""A shorter note is a name, a job title or a button of the author's box."""


def is_note(removal: Removal) -> bool:
    """Whether a removal is a sentence about the author or the article.

    >>> about = "Mara Lind reports on ports and ferries."
    >>> is_note(Removal("a", "text", "author-box", 9, about)), is_note(Removal("a", "text", "author-box", 8, "Mara Lind"))
    (True, False)
    """
    text = removal.text
    return removal.kind in NOTE_KINDS and len(text) >= MIN_NOTE_CHARS and bool(TEXT_END.search(text))


def kind_beside(removal: Removal) -> BlockKind | None:
    """The kind of the block that a removal has beside the body when it is within the article; None for none."""
    return "caption" if removal.kind == "caption" else "note" if is_note(removal) else None
