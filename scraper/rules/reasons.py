"""Built-in reasons: why a block is removed when no row of a rule file says so.

The `rule` column of the archive's ledger holds the id of a rule or of a row below. Archives keep these ids:
never rename one, and never give one to something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from scraper.types import RemovalKind

Stage = Literal["element", "text", "page"]
"""Where a block was judged: by its element, by its text, or by its place on the page."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a block is removed: a rule, or a row of `BUILT_IN_REASONS`.

    `kind` is only a default of the reasons `by_score`: a block gets the kind that its surroundings suggest, if any.
    `why` is a noun phrase for the block, lower case, without a full stop.
    `by_score`: no rule knows the block, its score is too low.
    `is_copy`: the block's words also stand elsewhere in the article.
    `is_watched`: an alarm is raised if the reason takes a large share of a source's text.
    """

    id: str
    stage: Stage
    kind: RemovalKind
    why: str
    by_score: bool = False
    is_copy: bool = False
    is_watched: bool = True


SCORER: Final = Reason(
    "scorer", "text", "other", "a block that does not look like body text", by_score=True, is_watched=False
)  # not watched: the scorer removes most of any page
OUTSIDE: Final = Reason("outside", "page", "navigation", "text before or after the article", by_score=True)
TITLE: Final = Reason("title", "text", "repeat", "a copy of the title", is_copy=True, is_watched=False)
DESCRIPTION: Final = Reason("description", "text", "repeat", "a copy of the page's description", is_copy=True)
AUTHOR: Final = Reason("author", "text", "byline", "a line with no more than the author's name")
SECTION: Final = Reason(
    "section-name", "text", "navigation", "a section's name, a label or a menu above the headline of a plain text"
)
CARDS: Final = Reason("cards", "text", "related", "a teaser card in a row of cards after the article")
REPEAT: Final = Reason("repeat", "text", "repeat", "a copy of an earlier block on the page", is_copy=True)
REPEATED_PART: Final = Reason(
    "repeat.parts", "page", "repeat", "a copy of a block on an earlier page of the article", is_copy=True
)
PULL_QUOTE: Final = Reason(
    "pull-quote", "text", "repeat", "a box that repeats words of a longer paragraph", is_copy=True
)
UNSEEN: Final = Reason("unseen", "element", "other", "a block that no reader sees: hidden, or for screen readers only")
SITE_HEADER: Final = Reason("site-header", "element", "navigation", "text in the site's header, outside of the article")
GALLERY: Final = Reason("gallery", "element", "related", "a part of a picture gallery whose slides are counted")
NO_BODY: Final = Reason("no-body", "page", "other", "a block of a page without body text")

BUILT_IN_REASONS: Final[dict[str, Reason]] = {
    reason.id: reason
    for reason in (
        SCORER, OUTSIDE, TITLE, DESCRIPTION, AUTHOR, SECTION, CARDS, REPEAT, REPEATED_PART, PULL_QUOTE, UNSEEN,
        SITE_HEADER, GALLERY, NO_BODY,
    )
}  # fmt: skip
"""All built-in reasons by id."""

COPY_IDS: Final = frozenset(reason.id for reason in BUILT_IN_REASONS.values() if reason.is_copy)
SCORE_IDS: Final = frozenset(reason.id for reason in BUILT_IN_REASONS.values() if reason.by_score)
UNWATCHED_IDS: Final = frozenset(reason.id for reason in BUILT_IN_REASONS.values() if not reason.is_watched)
