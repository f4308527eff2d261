"""A page before judgement: its metadata, its text blocks, and the rules that match each block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.reader import read_blocks
from scraper.extraction.embedded_text import plain, stated_body
from scraper.extraction.headed_text import without_headings_of_text
from scraper.metadata.facts import gather
from scraper.metadata.metadata import metadata_of
from scraper.rules.matching import Match, mark_elements, match_page
from scraper.rules.ruleset import RuleSet
from scraper.rules.thresholds import number, share
from scraper.scoring.context import PageContext
from scraper.text.entities import strip_encoding
from scraper.text.words import fold
from scraper.types import UNKNOWN_TIME, Metadata
from scraper.urls.links import netloc_of

MIN_TEASER_CHARS: Final = number("MIN_TEASER_CHARS")
MIN_ALL_LINK_SHARE: Final = share("MIN_ALL_LINK_SHARE")


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page before judgement. `matches` has the rules that match each block, wherever they apply.

    `host` is the host of the page's URL, `types` its Open Graph types, `scripts` its JSON-LD.
    """

    metadata: Metadata
    blocks: PageBlocks
    matches: tuple[tuple[Match, ...], ...]
    context: PageContext
    host: str
    types: tuple[str, ...]
    scripts: tuple[str, ...]


def read_page(tree: LexborHTMLParser, rules: RuleSet, *, url: str, fetched_at: datetime = UNKNOWN_TIME) -> PageRead:
    """The page with this tree, URL and fetch time, before judgement."""
    rules = rules.for_url(url)
    facts = gather(tree, url, fetched_at=fetched_at)
    metadata = metadata_of(facts)
    blocks = read_blocks(tree, mark_elements(tree, rules))
    matches = without_headings_of_text(
        blocks, match_blocks(blocks.blocks, rules, language=metadata.language), language=metadata.language
    )
    context = PageContext(
        title=metadata.title,
        description=metadata.description,
        article_body=plain(stated_body(facts.scripts)),
        authors=metadata.authors,
        rule_kinds=tuple(own[0].rule.kind if own else "" for own in matches),
        url=url,
        host=netloc_of(url),
        site=metadata.site,
    )
    return PageRead(
        metadata=metadata,
        blocks=blocks,
        matches=matches,
        context=context,
        host=context.host,
        types=facts.meta.get("og:type", ()),
        scripts=facts.scripts,
    )


def match_blocks(blocks: Sequence[PageBlock], rules: RuleSet, *, language: str = "") -> tuple[tuple[Match, ...], ...]:
    """The text rules that match each block of a page. `language` is what the page declares."""
    return match_page(
        [None if is_menu_item(block) else block for block in blocks],
        rules,
        language=language,
        link_share=lambda place: link_share(blocks[place]),
        drop=lambda place: is_all_code(blocks[place]),
    )


def is_menu_item(block: PageBlock) -> bool:
    """Whether a block is a short list item that is all link: two in five blocks of a news page. Rules skip them."""
    return block.kind == "list" and len(block.text) < MIN_TEASER_CHARS and is_all_link(block)


def is_all_code(block: PageBlock) -> bool:
    """Whether a block is set as code within a paragraph: a line of settings has the words of a rule by chance."""
    return all(style.code for text, style in block.pieces if not text.isspace())


def is_all_link(block: PageBlock) -> bool:
    """Whether a block is nearly all link text."""
    return block.link_chars >= MIN_ALL_LINK_SHARE * len(block.text)


def link_share(block: PageBlock) -> float:
    """Share of a block's characters that are link text, 0 to 1."""
    return min(1.0, block.link_chars / len(block.text))


def title_position(page: PageBlocks, title: str) -> int:
    """Position of the heading that shows the article's title, or 0."""
    key = fold(title)
    return next(
        (
            block.position
            for block in page.blocks
            if block.kind == "heading" and key and fold(strip_encoding(block.text)) == key
        ),
        0,
    )
