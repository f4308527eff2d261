"""Page and rules in, Extraction out. Pure and deterministic; every text block of the page is accounted for.

::

    decode → parse → read_page (metadata, blocks, rules) → score → strip → article, verdict
                                                                    ▲ too little text? fallbacks
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from scraper.extraction.article import build_article, finish_extraction
from scraper.extraction.fallback import body_chars, try_fallbacks
from scraper.extraction.page_read import PageRead, read_page
from scraper.extraction.quality import MIN_ARTICLE_CHARS, PageEvidence, assess
from scraper.extraction.strip import Stripped, strip_page
from scraper.html.encoding import markup
from scraper.rules.ruleset import RuleSet
from scraper.scoring.scorer import BlockScores, load_scorer
from scraper.types import Extraction, Page


@dataclass(frozen=True, slots=True)
class ScoredExtraction:
    """An extraction with the evidence behind it: the page as read, and the scorer's score for each of its blocks."""

    extraction: Extraction
    read: PageRead
    scores: BlockScores


def extract(page: Page, rules: RuleSet) -> Extraction:
    """The article of a page, every other text block with the reason of its removal, and the verdict."""
    with paused_collector():  # the page as read is freed in it: half of what the collector would go through
        return _extract(page, rules).extraction


def extract_scored(page: Page, rules: RuleSet) -> ScoredExtraction:
    """The extraction of a page, with the evidence behind it."""
    with paused_collector():
        return _extract(page, rules)


@contextmanager
def paused_collector() -> Iterator[None]:
    """No garbage collection, which takes a fifth of the time of a page: its thousands of small values are no cycles.

    A collector that is off already stays off.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _extract(page: Page, rules: RuleSet) -> ScoredExtraction:
    tree = LexborHTMLParser(markup(page))
    read = read_page(tree, rules, url=page.final_url, fetched_at=page.fetched_at)
    scores = load_scorer().score(read.blocks, read.context)
    judged, stripped = judge_page(tree, read, scores, rules)
    quality = assess(page_evidence(page, tree, judged, stripped))
    article = build_article(page, judged, stripped)
    extraction = finish_extraction(article, stripped, rules_hash=rules.hash, quality=quality)
    return ScoredExtraction(extraction, read, scores)


def judge_page(
    tree: LexborHTMLParser, read: PageRead, scores: BlockScores, rules: RuleSet
) -> tuple[PageRead, Stripped]:
    """The judgement over a page's blocks, and the page with any blocks that a fallback added."""
    stripped = strip_page(read, scores)
    if body_chars(read, stripped) >= MIN_ARTICLE_CHARS:
        return read, stripped
    return try_fallbacks(tree, read, scores, rules, stripped=stripped)


def page_evidence(page: Page, tree: LexborHTMLParser, read: PageRead, stripped: Stripped) -> PageEvidence:
    """The evidence for the verdict on a page."""
    return PageEvidence(
        title=read.metadata.title,
        body="\n\n".join(read.blocks.blocks[position].text for position in stripped.shown),
        removals=(*stripped.removals, *stripped.chrome),
        shown=read.blocks.blocks,
        kept=stripped.shown,
        url=page.final_url,
        status=page.status,
        free=read.metadata.free,
        stated=read.context.article_body,
        cut=read.blocks.cut,
        open_ended=page.cut_short,
        tree=tree,
        types=read.types,
        scripts=read.scripts,
    )
