"""Standfirsts: the lines between a title and the text that say what the article is about.

The scorer learned from texts that mostly leave the standfirst out, so a page's own evidence decides: the names of the
elements, the page's description, and the place right below the title. Every form of evidence is a row of `EVIDENCE`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Final, NamedTuple

from scraper.blocks.columns import columns_of
from scraper.blocks.model import PageBlock, PageBlocks
from scraper.extraction.page_read import PageRead, link_share, title_position
from scraper.rules.thresholds import number, share
from scraper.text.sentences import STATEMENT_END
from scraper.text.words import fold, name_words

MIN_BODY_PARAGRAPH_CHARS: Final = number("MIN_BODY_PARAGRAPH_CHARS")
MIN_BODY_SCORE: Final = share("MIN_BODY_SCORE")
MIN_STANDFIRST_CHARS: Final = number("MIN_STANDFIRST_CHARS")
MAX_STANDFIRST_DISTANCE: Final = number("MAX_STANDFIRST_DISTANCE")
MAX_STANDFIRST_LINK_SHARE: Final = share("MAX_STANDFIRST_LINK_SHARE")

KINDS: Final = frozenset({"paragraph", "heading", "quote", "caption"})
"""Block kinds that may be a standfirst. A list of highlights stays a list."""
NAMES: Final = frozenset(
    "standfirst dek deck synopsis subtitle subtitel untertitel subtitulo subheading subheader subheadline subhead strapline excerpt summary "
    "abstract vorspann chapo chapeau sottotitolo occhiello catenaccio entradilla bajada copete ingress preamble manchet underrubrik "
    "spot zajawka perex alaotsikko".split()
)
"""Class names of standfirsts: in English, German, French, Italian, Spanish, the Nordic languages, Turkish, Polish, Czech."""
ENDINGS: Final = ("dek", "deck", "standfirst", "subtitle", "subheadline", "subheading")
"""Ends of names that run words together: `articledek`, `newssubtitle`."""
SUB_NAMES: Final = frozenset({"headline", "heading", "header", "head", "title", "titel", "deck"})
"""Names of standfirsts after `sub`, which a hyphen splits: `sub-headline`."""
OTHER_NAMES: Final = frozenset(
    "author authors bio byline meta caption image photo video credit related newsletter nav menu card teaser list item comment "
    "disclosure disclaimer date time tags bag cart price button btn".split()
)
"""Names that say something else of the same element: a summary of a cart, the subtitle of a card or a picture."""


class Place(NamedTuple):
    """A block that may be the standfirst, and what surrounds it. `apart`: no running text shares its parent element;
    `alone`: nor does any other text, however short.
    """

    block: PageBlock
    read: PageRead
    start: int
    apart: bool
    alone: bool
    scored_high: bool

    @property
    def below_title(self) -> bool:
        """Whether it is the first block below the title, and not named something else. 0 is no title's position."""
        return self.start > 0 and self.block.position == self.start + 1 and not self.names[0] & OTHER_NAMES

    @property
    def names(self) -> tuple[frozenset[str], frozenset[str]]:
        """The class and id words of the block's element and of its parent."""
        containers = self.read.blocks.containers
        own = containers[self.block.container]
        parent = containers[max(own.parent, 0)]
        return frozenset(name_words(own.names)), frozenset(name_words(parent.names))


def is_named(place: Place) -> bool:
    """Whether its element is named a standfirst, or the element around it that holds nothing else."""
    own, parent = place.names
    if own & OTHER_NAMES:
        return False
    return names_standfirst(own) or (place.apart and names_standfirst(parent) and not parent & OTHER_NAMES)


def names_standfirst(words: frozenset[str]) -> bool:
    """Whether class names mean a standfirst.

    >>> names_standfirst(frozenset({"article", "dek"})), names_standfirst(frozenset({"sidekick"}))
    (True, False)
    """
    return bool(
        words & NAMES or ("sub" in words and words & SUB_NAMES) or [word for word in words if word.endswith(ENDINGS)]
    )


def is_description(place: Place) -> bool:
    """Whether it says what the page's description says, or its beginning, and is not the first paragraph itself."""
    if not place.read.metadata.description or (place.scored_high and not place.apart):
        return False
    words, described = "".join(fold(place.block.text)), "".join(fold(place.read.metadata.description))
    return bool(words) and described.startswith(words)


def is_heading_under_title(place: Place) -> bool:
    """Whether it is a heading directly below the title: in the same element, or one that the scorer takes for text."""
    return place.block.kind == "heading" and place.below_title and (place.scored_high or shares_box(place))


def is_sentence_under_title(place: Place) -> bool:
    """Whether it is a sentence directly below the title, in the same element, and the text is in another."""
    is_first = place.block.kind == "paragraph" and place.alone and place.below_title and shares_box(place)
    return is_first and STATEMENT_END.search(place.block.text) is not None


def shares_box(place: Place) -> bool:
    """Whether it stands in the title's element."""
    page = place.read.blocks
    return box_of(page, place.block) == box_of(page, page.blocks[place.start])


EVIDENCE: Final[tuple[Callable[[Place], bool], ...]] = (
    is_named, is_description, is_heading_under_title, is_sentence_under_title,
)  # fmt: skip
"""Each form of evidence alone makes a block the standfirst."""


def find_standfirsts(read: PageRead, scores: Sequence[float]) -> frozenset[int]:
    """Positions of the standfirst's blocks: after the title, and before the first other paragraph of running text.

    Without a text below it, it is the text.
    """
    page, start = read.blocks, title_position(read.blocks, read.metadata.title)
    at = columns_of(page)
    likely = [score >= MIN_BODY_SCORE for score in scores]
    high = [is_likely and kind != "heading" for is_likely, kind in zip(likely, at.kind, strict=True)]
    running = [
        is_likely and chars >= MIN_BODY_PARAGRAPH_CHARS and linked <= MAX_STANDFIRST_LINK_SHARE
        for is_likely, chars, linked in zip(likely, at.chars, at.link_share, strict=True)
    ]
    boxes, texts = Counter(compress(at.box, running)), Counter(compress(at.box, high))
    end = running.index(True, start) if True in running[start:] else 0
    first = start + 1 if start else max(end - MAX_STANDFIRST_DISTANCE, 0)
    found = []
    for block in page.blocks[first : first + MAX_STANDFIRST_DISTANCE]:
        position, box = block.position, at.box[block.position]
        if may_be_standfirst(block):
            apart, alone = boxes[box] == running[position], texts[box] == high[position]
            place = Place(block, read, start, apart, alone, likely[position])
            if any(shows(place) for shows in EVIDENCE):
                found.append(position)
                continue
        if running[position]:
            break
    has_text = any(high[max(found, default=0) + 1 :])
    return frozenset(found) if has_text else frozenset()


def may_be_standfirst(block: PageBlock) -> bool:
    """Whether a block has the form of a standfirst."""
    return (
        block.kind in KINDS
        and len(block.text) >= MIN_STANDFIRST_CHARS
        and is_mostly_text(block)
        and not block.hidden
        and block.rule is None
    )


def is_mostly_text(block: PageBlock) -> bool:
    """Whether little of a block is link text."""
    return link_share(block) <= MAX_STANDFIRST_LINK_SHARE


def box_of(page: PageBlocks, block: PageBlock) -> int:
    """The element around a block's own element."""
    return page.containers[block.container].parent
