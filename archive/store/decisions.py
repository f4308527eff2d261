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
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two texts have in common, in runs of four words: shares of all their runs, and of the shorter one's.

    `size` is how many different runs the shorter one has.
    """

    similarity: float
    contained: float
    size: int


NEAR_SHARE: Final = 0.4
NEAR_SIZE: Final = 30
"""Where the shorter text has so many runs of words, and so many of them stand in the other, both tell one story."""


def same_story(like: Likeness) -> bool:
    """Whether two texts are one story: a wire report that one site cut and another gave a paragraph of its own."""
    return like.size >= NEAR_SIZE and like.contained >= NEAR_SHARE


@dataclass(frozen=True, slots=True)
class Retry:
    """What becomes of a link after a failure: whether it is tried again, and how long to wait at first."""

    again: bool
    wait: timedelta = timedelta(0)


_SOON: Final = Retry(again=True)
_LATER: Final = Retry(again=True, wait=timedelta(hours=12))
_NEVER: Final = Retry(again=False)

RETRIES: Final[dict[str, Retry]] = {
    "url": _NEVER,
    "dns": _SOON,
    "refused": _SOON,
    "timeout": _SOON,
    "tls": _LATER,
    "private-address": _LATER,  # at once when a run may ask it: see `links.retry_refused_hosts`
    "robots": _LATER,
    "redirects": _LATER,
    "status": _SOON,
    "type": _LATER,
    "too-large": _LATER,
    "truncated": _SOON,
    "decode": _LATER,
    "parse": _LATER,
    "protocol": _SOON,
    "proxy": _SOON,
    "paused": _SOON,
    "render": _LATER,
    "reserved": _LATER,
    "extract-timeout": _LATER,
    "extract-crashed": _LATER,
    "no-article": _LATER,
}
"""By kind of failure (`errors.FETCH_KINDS`)."""

_STATUS_RETRIES: Final[dict[int, Retry]] = {404: _NEVER, 410: _NEVER} | dict.fromkeys((400, 401, 402, 403, 451), _LATER)

FIRST_BACKOFF: Final = timedelta(minutes=15)
MAX_BACKOFF: Final = timedelta(days=2)
MAX_ATTEMPTS: Final = 12
"""With doubling waits this is about a fortnight of trying."""


def after_failure(
    kind: str, *, status: int, attempts: int, at: datetime
) -> tuple[Literal["failed", "gone"], datetime | None]:
    """The link's state and when to try again, after `attempts` failures in a row, this one included."""
    retry = _STATUS_RETRIES.get(status, RETRIES[kind]) if kind == "status" else RETRIES[kind]
    if not retry.again or attempts >= MAX_ATTEMPTS:
        return "gone", None
    backoff = FIRST_BACKOFF * 2 ** (attempts - 2) if attempts > 1 else timedelta(0)
    return "failed", at + min(max(retry.wait, backoff), MAX_BACKOFF)
