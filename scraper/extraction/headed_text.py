"""Headings of parts of an article that have the words of a rule: "Newsletter" in a review of the press.

A rule takes the heading of a sign-up box, and of a part about newsletters, alike. What stands under the heading tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import Final

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.rules.matching import Match
from scraper.rules.sentences import ENDS_STATEMENT, addresses_reader, page_languages
from scraper.rules.thresholds import number, share
from scraper.text.words import fold

MIN_HEADED_CHARS: Final = number("MIN_HEADED_CHARS")
MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
MAX_NAME_WORDS: Final = 3
"""Words of a heading that names a part, as "Reader comments" does; a longer one with the words of a rule calls on readers."""
MAX_BLOCKS_READ: Final = 4
"""Blocks under a heading that are read."""
NO_PART_KINDS: Final = frozenset({"byline", "author-box", "credit", "stamp"})
"""Kinds of rules whose lines name no part of an article, even as a heading above its text."""
PARTS_OF_UNITS: Final = frozenset({"ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "td", "th"})
"""Elements between a block and the element that holds its list or table."""


def without_headings_of_text(
    page: PageBlocks, matches: tuple[tuple[Match, ...], ...], *, language: str
) -> tuple[tuple[Match, ...], ...]:
    """The matches, but none of a heading that names a part of the article. `language` is what the page declares."""
    headings = [
        block
        for block in page.blocks
        if block.kind == "heading" and matches[block.position] and may_name_part(block, matches[block.position])
    ]
    if not headings:
        return matches
    longest = max(len(block.text.casefold()) for block in headings)
    times = Counter(block.text.casefold() for block in page.blocks if len(block.text) <= longest)
    names = [
        block.position
        for block in headings
        if times[block.text.casefold()] == 1  # a label such as "Advertisement" stands in many places
        and heads_text(block, page, matches, page_languages(language, ()))
    ]
    return tuple([() if place in names else own for place, own in enumerate(matches)]) if names else matches


def may_name_part(block: PageBlock, own: tuple[Match, ...]) -> bool:
    """Whether a heading that rules match is a name: short, without a link or a call, and no line about people or dates."""
    return (
        not block.link_chars
        and not block.text.endswith("!")
        and len(fold(block.text)) <= MAX_NAME_WORDS
        and not any(match.rule.kind in NO_PART_KINDS for match in own)
    )


def heads_text(
    heading: PageBlock, page: PageBlocks, matches: tuple[tuple[Match, ...], ...], languages: Set[str]
) -> bool:
    """Whether enough text of an article stands right under a heading: statements or a table, that call on nobody."""
    chars, ends = 0, False
    for block in page.blocks[heading.position + 1 : heading.position + 1 + MAX_BLOCKS_READ]:
        if (
            block.kind == "heading"
            or block.rule
            or block.unseen
            or matches[block.position]
            or block.link_chars >= MAX_PARAGRAPH_LINK_SHARE * len(block.text)
            or not is_beside(block, heading, page)
            or addresses_reader(block.text, languages)
            or (block.kind == "paragraph" and not ENDS_STATEMENT.search(block.text))
        ):
            break
        chars += len(block.text)
        ends = ends or block.kind == "table" or bool(ENDS_STATEMENT.search(block.text))
        if ends and chars >= MIN_HEADED_CHARS:
            return True
    return False


def is_beside(block: PageBlock, heading: PageBlock, page: PageBlocks) -> bool:
    """Whether a block's element, or a list or table that holds it, stands in the same element as a heading."""
    outer = page.containers[heading.container].parent
    box = page.containers[block.container]
    while box.parent > outer and page.containers[box.parent].tag in PARTS_OF_UNITS:
        box = page.containers[box.parent]
    return box.parent == outer
