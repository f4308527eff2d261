"""Repeated texts: when a block that occurs twice is a copy, and when the repetition is intended."""

from __future__ import annotations

from typing import Final

from scraper.extraction.candidates import Candidate
from scraper.rules.reasons import REPEAT, Reason
from scraper.rules.thresholds import number, share
from scraper.text.scripts import UNSPACED

MIN_REPEATED_WORDS: Final = number("MIN_REPEATED_WORDS")
MIN_REPEATED_CHARS: Final = number("MIN_REPEATED_CHARS")
MIN_SURE_SCORE: Final = share("MIN_SURE_SCORE")

RECURRING_KINDS: Final = frozenset({"list", "table", "heading"})
"""Block kinds that may say the same of several things, such as `Pick-up: at the airport`."""


def is_long_enough(key: tuple[str, ...]) -> bool:
    """Whether a text that occurs twice is long enough to be a copy; `key` are its words.

    Scripts without spaces count characters.

    >>> is_long_enough(("we", "saw", "it")), is_long_enough(("桟橋の時計は九時二十四分を指していた", "バスは定刻に着いていた"))
    (False, True)
    """
    return len(key) >= MIN_REPEATED_WORDS or bool(
        UNSPACED.search(joined := "".join(key)) and len(joined) >= MIN_REPEATED_CHARS
    )


def may_recur(block: Candidate, before: Reason | None) -> bool:
    """Whether a block may repeat an earlier text; `before` is the reason of the block right above."""
    return block.kind in RECURRING_KINDS and block.score >= MIN_SURE_SCORE and before is not REPEAT
