"""Fallbacks for pages of which the scorer finds too little: other sources say which blocks are the article.

In this order: the text in the page's JSON-LD and trafilatura's text, for blocks that the page shows. JSON-LD and
scripts, for an article that no element shows. The element that holds most running paragraphs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.extraction.embedded_text import scripted_body, stated_blocks, stated_body
from scraper.extraction.page_read import PageRead, is_all_link, match_blocks
from scraper.extraction.quality import MIN_ARTICLE_CHARS
from scraper.extraction.repeats import MIN_SURE_SCORE
from scraper.extraction.strip import Stripped, strip_page
from scraper.html.encoding import replace_unsafe
from scraper.html.nodes import SKIPPED
from scraper.rules.ruleset import RuleSet
from scraper.rules.thresholds import number, share
from scraper.scoring.scorer import BlockScores
from scraper.text.patterns import lazy_pattern
from scraper.text.sentences import TEXT_END
from scraper.text.words import fold

MAX_BARE_LINK_CHARS: Final = number("MAX_BARE_LINK_CHARS")
MIN_AGREEING_WORDS: Final = number("MIN_AGREEING_WORDS")
MIN_DENSE_PARAGRAPH_CHARS: Final = number("MIN_DENSE_PARAGRAPH_CHARS")
MAX_DENSE_LINK_SHARE: Final = share("MAX_DENSE_LINK_SHARE")
MIN_DENSE_PARAGRAPHS: Final = number("MIN_DENSE_PARAGRAPHS")
MIN_DENSE_CHARS: Final = number("MIN_DENSE_CHARS")

AGREED_SCORE: Final = MIN_SURE_SCORE
"""The score of a block that a fallback takes for body text."""

MAX_TRAFILATURA_CHARS: Final = 1_500_000
"""Characters of markup above which trafilatura is not run: a megabyte of paragraphs takes 2 s."""

CROWDED_TAG: Final = lazy_pattern(r'(?: [^\s"=<>]{1,200}="[^"]*+"){1000}+')
"""A tag of a thousand attributes, as serialised: lxml takes 20 s for 50,000."""

Attempt = tuple[PageRead, BlockScores]
"""A page and the scores of its blocks."""


def try_fallbacks(
    tree: LexborHTMLParser, read: PageRead, scores: BlockScores, rules: RuleSet, *, stripped: Stripped
) -> tuple[PageRead, Stripped]:
    """The first judgement that keeps enough, else the one that keeps most; `stripped` is the scorer's judgement."""
    judged = [(read, stripped)]
    for attempt in chain(
        agreeing_blocks(tree, read, scores), hidden_bodies(tree, read, scores, rules), dense_blocks(read, scores)
    ):
        judged.append((attempt[0], strip_page(*attempt)))
        if body_chars(*judged[-1]) >= MIN_ARTICLE_CHARS:
            return judged[-1]
    return max(judged, key=lambda pair: body_chars(*pair))


def body_chars(read: PageRead, stripped: Stripped) -> int:
    """Characters of the text."""
    return sum(len(read.blocks.blocks[position].text) for position in stripped.shown)


def agreeing_blocks(tree: LexborHTMLParser, read: PageRead, scores: BlockScores) -> Iterator[Attempt]:
    """The page's own blocks, with raised scores for blocks in its JSON-LD, then for blocks in trafilatura's text.

    Trafilatura is not asked about a page without blocks, such as the shell of a script: there is nothing to raise.
    """
    if len(read.context.article_body) >= MIN_ARTICLE_CHARS:
        yield read, raise_scores(read, scores, read.context.article_body)
    if read.blocks.blocks and len(text := ask_trafilatura(tree)) >= MIN_ARTICLE_CHARS:
        yield read, raise_scores(read, scores, text)


def raise_scores(read: PageRead, scores: BlockScores, text: str) -> BlockScores:
    """The scores, raised for blocks that occur in a text."""
    lines = {fold(line) for line in text.splitlines()}
    whole = " ".join(fold(text))
    keys = [fold(block.text) for block in read.blocks.blocks]
    has_body = bool((scores.own >= MIN_SURE_SCORE).any())  # on a page without body text, links may be all it has
    agreed = [
        not (has_body and is_bare_link(block))
        and (key in lines or (len(key) >= MIN_AGREEING_WORDS and " ".join(key) in whole))
        for block, key in zip(read.blocks.blocks, keys, strict=True)
    ]
    return scores.raised(agreed, AGREED_SCORE)


def is_bare_link(block: PageBlock) -> bool:
    """Whether a block is a teaser, or a few teasers in a row."""
    return len(block.text) <= MAX_BARE_LINK_CHARS and is_all_link(block)


def ask_trafilatura(tree: LexborHTMLParser) -> str:
    """The text that trafilatura extracts, one block per line; empty if trafilatura finds none or cannot read the page.

    Imported at first use: few pages need trafilatura, and its import takes longer than a page.
    """
    try:
        markup = markup_without_skipped(tree)
        if not markup or len(markup) > MAX_TRAFILATURA_CHARS or CROWDED_TAG.search(markup):
            return ""
        import lxml.html
        from trafilatura import bare_extraction

        found = bare_extraction(lxml.html.fromstring(markup), include_comments=False, with_metadata=False)
    except Exception:  # a parser of a library may raise anything on the web's markup; the page has other witnesses
        return ""
    return str(getattr(found, "text", None) or "")


def markup_without_skipped(tree: LexborHTMLParser) -> str:
    """The page's markup without elements whose content is no text; empty if the page has none.

    It is parsed again: `LexborHTMLParser.clone` fails on a doctype with a system identifier alone (`about:legacy-compat`).
    """
    whole = tree.root.html if tree.root else None
    if not whole:
        return ""
    copy = LexborHTMLParser(whole)
    copy.strip_tags(sorted(SKIPPED - {"head"}))
    return replace_unsafe(copy.html or "")


def hidden_bodies(tree: LexborHTMLParser, read: PageRead, scores: BlockScores, rules: RuleSet) -> Iterator[Attempt]:
    """The page with an article that only its JSON-LD or its scripts hold; the new blocks follow the page's own."""
    sources: tuple[Callable[[], str], ...] = (lambda: stated_body(read.scripts), lambda: scripted_body(tree))
    for find_body in sources:
        body = find_body()
        if len(body) < MIN_ARTICLE_CHARS:
            continue
        blocks = stated_blocks(body, after=read.blocks)
        added = blocks.blocks[len(read.blocks.blocks) :]
        matches = match_blocks(added, rules)
        yield (
            replace(read, blocks=blocks, matches=(*read.matches, *matches)),
            scores.replaced_by(len(added), AGREED_SCORE),
        )


def dense_blocks(read: PageRead, scores: BlockScores) -> Iterator[Attempt]:
    """The page's own blocks, with raised scores for the densest running text."""
    if dense := densest(read.blocks):
        yield read, scores.raised([position in dense for position in range(len(read.blocks.blocks))], AGREED_SCORE)


def densest(page: PageBlocks) -> frozenset[int]:
    """Positions of the running paragraphs in the element that holds most of them; none if that element holds few.

    Teasers are not found: each is in a separate card.
    """
    boxes: dict[int, list[PageBlock]] = {}
    for block in page.blocks:
        if (
            len(block.text) >= MIN_DENSE_PARAGRAPH_CHARS
            and block.link_chars < MAX_DENSE_LINK_SHARE * len(block.text)
            and TEXT_END.search(block.text)
            and not block.rule
        ):
            boxes.setdefault(page.containers[block.container].parent, []).append(block)
    found = max(boxes.values(), key=count_chars, default=[])
    return (
        frozenset(block.position for block in found)
        if len(found) >= MIN_DENSE_PARAGRAPHS or count_chars(found) >= MIN_DENSE_CHARS
        else frozenset()
    )


def count_chars(blocks: Iterable[PageBlock]) -> int:
    """Characters of blocks."""
    return sum(len(block.text) for block in blocks)
