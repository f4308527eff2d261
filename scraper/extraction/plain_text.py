"""Extraction of plain text: an article that was scraped earlier, with its boilerplate."""

from __future__ import annotations

from dataclasses import replace

from scraper.blocks.credits import picture_credit
from scraper.blocks.plain_text import read_text
from scraper.extraction.article import finish_extraction, kinds_beside, read_names
from scraper.extraction.candidates import Candidate
from scraper.extraction.quality import PageEvidence, assess
from scraper.extraction.strip import remove, strip_blocks
from scraper.extraction.tag_lines import with_shown_tags
from scraper.rules.matching import Match, Text, match_page
from scraper.rules.reasons import TITLE
from scraper.rules.ruleset import RuleSet
from scraper.types import Article, Block, BlockKind, Extraction


def extract_text(text: str, rules: RuleSet, *, url: str = "") -> Extraction:
    """The article in a plain text. Every removed block is a removal; only the title is chrome.

    The first line is the title if it is short and no sentence. Every other line or paragraph is a block.
    """
    rules = rules.for_url(url)
    title, blocks = read_text(text)
    matches = match_page([Text(block.text, block.kind) for block in blocks], rules)
    stripped = strip_blocks([candidate_of(block, own) for block, own in zip(blocks, matches, strict=True)])
    removals = sorted((*stripped.removals, *stripped.chrome), key=lambda removal: removal.position)
    chrome = (remove(Block("heading", title), TITLE),) if title else ()
    beside = kinds_beside(stripped)
    keep = {*stripped.kept, *beside}
    names = read_names(stripped)
    article = Article(
        url=url,
        canonical_url=url,
        site="",
        title=title,
        authors=names["authors"],
        contributors=names["contributors"],
        published=None,
        modified=None,
        language="",
        description="",
        section="",
        tags=with_shown_tags((), stripped),
        image="",
        free=None,
        blocks=tuple(block_beside(block, beside.get(block.position)) for block in blocks if block.position in keep),
    )
    judged = replace(stripped, removals=tuple(removals), chrome=chrome)
    evidence = PageEvidence(title=title, body=article.text, removals=judged.removals, kept=stripped.kept, url=url)
    return finish_extraction(article, judged, rules_hash=rules.hash, quality=assess(evidence))


def candidate_of(block: Block, matches: tuple[Match, ...]) -> Candidate:
    """A block of a plain text before judgement: no element and no links; its score is 1."""
    return Candidate(
        position=block.position,
        kind=block.kind,
        text=block.text,
        matches=matches,
    )


def block_beside(block: Block, kind: BlockKind | None) -> Block:
    """A block with the kind that it has beside the body; None: the block is in the body."""
    if kind is None:
        return block
    return replace(block, kind=kind, credit=picture_credit(block.text) if kind == "caption" else "")
