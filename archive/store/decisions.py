"""What becomes of a visit: pure decisions over what is stored and what came. No database, no clock.

::

    nothing stored, an article came      new (or duplicate: another article has the same text, or tells the same
                                         story in much the same words; both are kept, and linked)
    stored, same headline and text       same
    stored, nothing or worse came        worse: the good text stays (a part of it and nothing new is worse, too)
    stored, another headline or text     revised
    nothing stored, nothing came         failed (nothing, too, is a page that is no article: a list, a wall, an error)
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from archive.store.columns import fingerprint, plain
from scraper.types import Extraction, Verdict

Outcome = Literal["new", "revised", "same", "duplicate", "worse", "failed", "unchanged", "read", "paused"]
OUTCOMES: Final[tuple[Outcome, ...]] = Outcome.__args__  # type: ignore[attr-defined]

KEEP_SHARES: Final[dict[Verdict, float]] = {
    "ok": 0.0,
    "short": 0.5,
    "truncated": 0.9,
    "paywall": 0.9,
    **dict.fromkeys(("empty", "consent", "listing", "error-page", "needs-javascript"), math.inf),
}
"""A text with this verdict is worse when it has less than this share of the stored text's characters.

Infinity: the page is no article, so its text is never stored, however long it is. A sound extraction is worse only as a
remnant, see below: a story rewritten in two lines is an edit worth recording.
"""

REMNANT_SHARE: Final = 2 / 3
"""Share of the stored characters below which a sound text that says nothing new is what a redesign left of it."""

ALIKE_SHARE: Final = 0.3
"""Share of paragraphs in common from which two texts under one link are versions of one story: an edited headline
moves many a story to another address."""

DUPLICATE_WORDS: Final = 20
"""Texts shorter than this ("Live updates", "Video") coincide by chance."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the archive holds of an article, as far as a decision needs it."""

    id: int
    title: str
    text: str
    verdict: str
    revision: int
    fingerprint: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, why (for a reader of the log), and how many paragraphs came and went."""

    outcome: Outcome
    reason: str = ""
    added: int = 0
    removed: int = 0


def decide(stored: Stored | None, extraction: Extraction, text: str) -> Decision:
    """The decision for one visit, `text` its article's; one stored under another address is for the caller to find."""
    article = extraction.article
    verdict = extraction.quality.verdict
    if article is None:
        return Decision("worse" if stored else "failed", f"no article text was found ({verdict})")
    if stored is None:
        if KEEP_SHARES[verdict] == math.inf:
            return Decision("failed", f"the page is no article ({'; '.join((verdict, *extraction.quality.evidence))})")
        return Decision("new", added=sum(not part.isspace() for part in text.split("\n\n") if part))
    if stored.title == plain(article.title) and stored.fingerprint == fingerprint(text):
        return Decision("same")
    if verdict != "ok" and len(text) < KEEP_SHARES[verdict] * len(stored.text):
        return Decision("worse", f"{len(text)} characters instead of {len(stored.text)} ({verdict})")
    if is_remnant(stored.text, text):
        return Decision("worse", f"{len(text)} characters instead of {len(stored.text)}, all of them from before")
    added, removed = changed_paragraphs(stored.text, text)
    return Decision("revised", added=added, removed=removed)


def is_remnant(before: str, after: str) -> bool:
    """Whether a text is a part of the one before and no new word: an editor who cuts that much writes something instead.

    >>> is_remnant("One.\\n\\nTwo.\\n\\nThree.", "One."), is_remnant("One.\\n\\nTwo.\\n\\nThree.", "None.")
    (True, False)
    """
    return len(after) < REMNANT_SHARE * len(before) and not Counter(paragraphs(after)) - Counter(paragraphs(before))


def paragraphs(text: str) -> list[str]:
    """The text's paragraphs, white space evened out."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def changed_paragraphs(before: str, after: str) -> tuple[int, int]:
    """How many paragraphs were added and removed; one that only moved is neither, an edited one is both.

    >>> changed_paragraphs("a\\n\\nb", "b\\n\\na\\n\\nc")
    (1, 0)
    """
    old, new = Counter(paragraphs(before)), Counter(paragraphs(after))
    return (new - old).total(), (old - new).total()


def alike(before: str, after: str) -> bool:
    """Whether two texts are versions of one story: the shorter has enough paragraphs of the longer."""
    old, new = Counter(paragraphs(before)), Counter(paragraphs(after))
    return (old & new).total() >= ALIKE_SHARE * max(1, min(old.total(), new.total()))
