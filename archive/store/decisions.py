"""Decisions on a visit: whether its text is new, revised, the same, or refused as worse than the stored text.

Pure: no database, no clock. ::

    no article stored, an article found         new (or duplicate: another article has the same text or tells the same
                                                story; both are kept and linked)
    article stored, same headline and text      same
    article stored, no text or a worse one      worse: the stored text stays
    article stored, another headline or text    revised
    no article stored, no article found         failed (also for a list, a login page or an error page)

A text is worse if its verdict is bad and the text is too short (`KEEP_SHARES`), or if the text is a part of the stored
one and adds nothing (`is_remnant`).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from archive.store.columns import PlainText, plain
from scraper.types import Extraction, Verdict

Outcome = Literal["new", "revised", "same", "duplicate", "worse", "failed", "unchanged", "read", "paused"]


class Threshold(NamedTuple):
    """One row: a limit that a decision depends on. `tests/archive/store/test_thresholds.py` has a case on either side."""

    name: str
    value: float
    unit: str
    why: str


_STORED_CHARS: Final = "share of the stored text's characters"

THRESHOLDS: Final[dict[str, Threshold]] = {
    row.name: row
    for row in (
        Threshold("keep ok", 0.0, _STORED_CHARS, "a story rewritten in two lines is an edit"),
        Threshold("keep short", 0.5, _STORED_CHARS, "editors seldom cut half of a story without a new text"),
        Threshold("keep truncated", 0.9, _STORED_CHARS, "the end is missing, so only a nearly complete text counts"),
        Threshold("keep paywall", 0.9, _STORED_CHARS, "a teaser must not replace the text of an earlier, free page"),
        *(
            Threshold(f"keep {verdict}", math.inf, _STORED_CHARS, "the page is not an article: never stored")
            for verdict in ("empty", "consent", "listing", "error-page", "needs-javascript")
        ),
        Threshold("remnant", 2 / 3, _STORED_CHARS, "a shorter text that adds nothing is the rest that a redesign left"),
        Threshold(
            "alike",
            0.3,
            "share of the shorter text's paragraphs",
            "many sites move a story to another URL when its headline is edited",
        ),
        Threshold("duplicate", 20, "words", 'shorter texts ("Live updates", "Video") are equal by chance'),
    )
}
"""All rows by name. For each verdict, a text below the row's share is worse than the stored text."""

KEEP_SHARES: Final[dict[Verdict, float]] = {
    verdict: THRESHOLDS[f"keep {verdict}"].value for verdict in get_args(Verdict)
}
REMNANT_SHARE: Final = THRESHOLDS["remnant"].value
ALIKE_SHARE: Final = THRESHOLDS["alike"].value
MIN_DUPLICATE_WORDS: Final = THRESHOLDS["duplicate"].value


@dataclass(frozen=True, slots=True)
class Stored:
    """The columns of a stored article that a decision needs."""

    id: int
    title: str
    text: str
    verdict: str
    revision: int
    fingerprint: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, its reason for the log, and the number of added and removed paragraphs."""

    outcome: Outcome
    reason: str = ""
    added: int = 0
    removed: int = 0


def decide(stored: Stored | None, extraction: Extraction, text: PlainText) -> Decision:
    """The decision for one visit. `text` is the text of its article; `stored` is the article's row, found by the caller."""
    article = extraction.article
    verdict = extraction.quality.verdict
    if article is None:
        return Decision("worse" if stored else "failed", f"no article text was found ({verdict})")
    if stored is None:
        if KEEP_SHARES[verdict] == math.inf:
            return Decision(
                "failed", f"the page is not an article ({'; '.join((verdict, *extraction.quality.evidence))})"
            )
        return Decision("new", added=sum(not part.isspace() for part in text.text.split("\n\n") if part))
    if stored.title == plain(article.title) and stored.fingerprint == text.fingerprint:
        return Decision("same")
    if len(text.text) < KEEP_SHARES[verdict] * len(stored.text):
        return Decision("worse", f"{len(text.text):,} characters instead of {len(stored.text):,} ({verdict})")
    if is_remnant(stored.text, text.text):
        return Decision(
            "worse", f"{len(text.text):,} characters instead of {len(stored.text):,}, all of them from the stored text"
        )
    added, removed = changed_paragraphs(stored.text, text.text)
    return Decision("revised", added=added, removed=removed)


def is_remnant(before: str, after: str) -> bool:
    """Whether a text is a small part of the one before and adds nothing. An editor who cuts that much adds something.

    >>> is_remnant("One.\\n\\nTwo.\\n\\nThree.", "One."), is_remnant("One.\\n\\nTwo.\\n\\nThree.", "None.")
    (True, False)
    """
    return len(after) < REMNANT_SHARE * len(before) and not Counter(paragraphs(after)) - Counter(paragraphs(before))


def paragraphs(text: str) -> list[str]:
    """The text's paragraphs, with single spaces."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def changed_paragraphs(before: str, after: str) -> tuple[int, int]:
    """The number of added and removed paragraphs. A moved paragraph is neither, an edited one is both.

    >>> changed_paragraphs("a\\n\\nb", "b\\n\\na\\n\\nc")
    (1, 0)
    """
    old, new = Counter(paragraphs(before)), Counter(paragraphs(after))
    return (new - old).total(), (old - new).total()


def alike(before: str, after: str) -> bool:
    """Whether two texts are versions of one story: the shorter one shares enough paragraphs with the longer one."""
    old, new = Counter(paragraphs(before)), Counter(paragraphs(after))
    return (old & new).total() >= ALIKE_SHARE * max(1, min(old.total(), new.total()))
