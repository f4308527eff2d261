"""Repeated texts: when a block that occurs twice is a copy, and when the repetition is intended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scraper.extraction.candidates import Candidate
from scraper.rules.reasons import REPEAT, Reason
from scraper.rules.thresholds import number, share
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold

MIN_REPEATED_WORDS: Final = number("MIN_REPEATED_WORDS")
MIN_REPEATED_CHARS: Final = number("MIN_REPEATED_CHARS")
MIN_BODY_PARAGRAPH_CHARS: Final = number("MIN_BODY_PARAGRAPH_CHARS")
MIN_SURE_SCORE: Final = share("MIN_SURE_SCORE")
MAX_REFRAIN_CHARS: Final = number("MAX_REFRAIN_CHARS")
OPENING_QUOTES: Final = frozenset('"“”„«»‹›‘‚「『《〈—')
"""Signs that open a quotation, the dash of a line of dialogue among them."""

GROUPED_KINDS: Final = frozenset({"list", "table"})
"""Block kinds of which several make one thing."""
MAX_GROUP_BLOCKS: Final = 20
"""Rows or items above and below one that are compared."""
MAX_BLOCKS_BELOW: Final = 6
"""Blocks between a heading and a text that is said of the thing that it names."""

CELL_MARK: Final = " | "
SPEAKER: Final = lazy_pattern(r"[^\W\d_][\w.'’]{0,20}(?:[ -][\w.'’]{1,20}){0,3}\s?[:：](?!//)\s?\S")
"""A line of a plain text that begins with the name or the role of a speaker: `Reporter: Did you…`, `Q: …`."""

RECURRING_KINDS: Final = frozenset({"list", "table", "heading", "code"})
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


def find_repeat(candidates: Sequence[Candidate], earlier: int, reasons: Sequence[Reason | None]) -> Reason | None:
    """The reason to remove the next block if it is a copy; `reasons` are those of the blocks above it.

    `earlier` is the place of the last block with the same words. A refrain or a quote that is played again
    returns in the element of the first, with other text between. A row, an item, a heading or a listing returns by itself.
    A run of blocks that returns elsewhere is a copy, made for another size of window: a whole list, or a whole table right
    after the first.
    """
    place = len(reasons)
    block = candidates[place]
    if not is_long_enough(fold(block.text)):
        return None
    same_box = block.box >= 0 and block.box == candidates[earlier].box
    if block.kind == "quote" == candidates[earlier].kind:  # each has a box of its own
        same_box = same_box or not is_run(candidates, place, earlier)
    if block.box < 0 and is_spoken(block):
        same_box = True
    if block.kind not in RECURRING_KINDS:
        if is_said_of_another(candidates, earlier, reasons):
            return None
        between = [
            reasons[at]
            for at in range(earlier + 1, place)
            if all(match.rule.kind != "correction" for match in candidates[at].matches)  # beside the text, not in it
        ]
        return None if same_box and may_return(block, between) else REPEAT
    if block.kind == "table" and (same_box or has_text_between(candidates, reasons, earlier)):
        return None
    if is_copied_group(candidates, place, earlier):
        before = reasons[-1] if reasons else None
        return None if block.score >= MIN_SURE_SCORE and before is not REPEAT else REPEAT
    return None


def may_return(block: Candidate, between: Sequence[Reason | None]) -> bool:
    """Whether a running text may be said twice: a verse at once, a short line or a quote after other text."""
    if "\n" in block.text:
        return True
    is_line = len(block.text) <= MAX_REFRAIN_CHARS or block.kind == "quote" or block.text[0] in OPENING_QUOTES
    return is_line and None in between


def is_said_of_another(candidates: Sequence[Candidate], earlier: int, reasons: Sequence[Reason | None]) -> bool:
    """Whether the next block says the same of another thing than the earlier one did: it names the speaker of another
    quote, or is surely body text and stands below another heading. A copied passage brings its quote and heading along.
    """
    place = len(reasons)
    quotes = candidates[place - 1], candidates[earlier - 1]
    if earlier and reasons[-1] is None and quotes[0].kind == quotes[1].kind == "quote":
        return fold(quotes[0].text) != fold(quotes[1].text)
    if candidates[place].score < MIN_SURE_SCORE:
        return False
    own, other = heading_above(candidates, reasons, place), heading_above(candidates, reasons, earlier)
    return own > earlier and other >= 0 and fold(candidates[own].text) != fold(candidates[other].text)


def heading_above(candidates: Sequence[Candidate], reasons: Sequence[Reason | None], place: int) -> int:
    """The place of the kept heading right above a block, with at most `MAX_BLOCKS_BELOW` between; -1: none."""
    for above in range(place - 1, max(place - 2 - MAX_BLOCKS_BELOW, -1), -1):
        if candidates[above].kind == "heading" and reasons[above] is None:
            return above
    return -1


def is_spoken(block: Candidate) -> bool:
    """Whether a line of a plain text says who speaks, opens a quotation, or has cells of a table."""
    return block.text[0] in OPENING_QUOTES or CELL_MARK in block.text or SPEAKER.match(block.text) is not None


def is_verse(candidates: Sequence[Candidate]) -> bool:
    """Whether a plain text has no paragraph: song texts and dialogues repeat lines on purpose."""
    return all(block.box < 0 and len(block.text) < MIN_BODY_PARAGRAPH_CHARS for block in candidates)


def has_text_between(candidates: Sequence[Candidate], reasons: Sequence[Reason | None], earlier: int) -> bool:
    """Whether a block other than a row is kept between a row and the next one with the same words."""
    return any(
        reasons[place] is None and candidates[place].kind != "table" for place in range(earlier + 1, len(reasons))
    )


def is_copied_group(candidates: Sequence[Candidate], place: int, earlier: int) -> bool:
    """Whether the rows or items around a block are the same as those around the earlier one, from the first to the last.

    A block without a neighbour of its kind is copied if the block above or below it is.
    """
    kind = candidates[place].kind
    if kind not in GROUPED_KINDS:
        return is_run(candidates, place, earlier)
    group, same = (group_around(candidates, at) for at in (place, earlier))
    if len(group) == 1:
        return is_run(candidates, place, earlier)
    return (
        len(group) == len(same)
        and place - group.start == earlier - same.start
        and all(
            fold(candidates[second].text) == fold(candidates[first].text)
            for second, first in zip(group, same, strict=True)
        )
    )


def group_around(candidates: Sequence[Candidate], place: int) -> range:
    """The places of neighbouring blocks of one kind; rows are of one table."""
    block = candidates[place]

    def belongs(other: Candidate) -> bool:
        return other.kind == block.kind and (block.kind != "table" or other.box == block.box)

    first = last = place
    while first > 0 and place - first < MAX_GROUP_BLOCKS and belongs(candidates[first - 1]):
        first -= 1
    while last + 1 < len(candidates) and last - place < MAX_GROUP_BLOCKS and belongs(candidates[last + 1]):
        last += 1
    return range(first, last + 1)


def is_run(candidates: Sequence[Candidate], place: int, earlier: int) -> bool:
    """Whether the block above or below also returns, beside the same block as before."""
    pairs = ((place - 1, earlier - 1), (place + 1, earlier + 1))
    return any(
        0 <= first < second < len(candidates) and fold(candidates[second].text) == fold(candidates[first].text)
        for second, first in pairs
        if second != earlier
    )
