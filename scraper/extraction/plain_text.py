"""Extraction of plain text: an article that was scraped earlier, with its boilerplate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from scraper.blocks.credits import picture_credit
from scraper.blocks.plain_text import read_text
from scraper.extraction.article import finish_extraction, kinds_beside, read_names
from scraper.extraction.candidates import Candidate
from scraper.extraction.quality import PageEvidence, assess
from scraper.extraction.strip import remove, strip_blocks
from scraper.extraction.tag_lines import with_shown_tags
from scraper.extraction.text_head import HeadLine, find_headline, find_labels, stamped_dates
from scraper.rules.matching import Match, match_page
from scraper.rules.reasons import SECTION, TITLE
from scraper.rules.ruleset import RuleSet
from scraper.text.dates import read_date
from scraper.text.languages import language_of
from scraper.text.sentences import STATEMENT_END
from scraper.types import Article, Block, BlockKind, Extraction, Removal

STAMPED_KINDS: Final = frozenset({"stamp", "byline"})
"""Removals that may hold the date of the article."""


def extract_text(text: str, rules: RuleSet, *, url: str = "") -> Extraction:
    """The article in a plain text. Every removed block is a removal; only the title is chrome.

    The title is a line above the first sentence that reads like a headline. Every other line or paragraph is a block.
    Stamps give the dates.
    """
    rules = rules.for_url(url)
    lines = read_text(text)
    matches = match_page(lines, rules)
    candidates, place = split_head([candidate_of(*pair) for pair in zip(lines, matches, strict=True)], url=url)
    title = lines[place].text if place >= 0 else ""
    blocks = [block for block in lines if block.position != place]
    stripped = strip_blocks([block for block in candidates if block.position != place])
    removals = sorted((*stripped.removals, *stripped.chrome), key=lambda removal: removal.position)
    chrome = (remove(Block("heading", title, place), TITLE),) if title else ()
    below = [block for block in blocks if block.position in stripped.kept and block.position > place]
    published, modified = find_dates(removals, below, headline=place)
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
        published=published,
        modified=modified,
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


def split_head(candidates: Sequence[Candidate], *, url: str) -> tuple[list[Candidate], int]:
    """The candidates with the labels and menus above the headline marked, and the place of the headline; -1: none."""
    lines = [
        HeadLine(
            block.text,
            known=is_boilerplate(block),
            dated=any(match.rule.kind in STAMPED_KINDS for match in block.matches),
        )
        for block in candidates
    ]
    place = find_headline(lines, url=url)
    labels = find_labels(lines, place)
    return [replace(block, repeats=SECTION) if at in labels else block for at, block in enumerate(candidates)], place


def is_boilerplate(block: Candidate) -> bool:
    """Whether a rule knows a line above the text as no part of it. Rules for the end of an article do not count."""
    return any(match.rule.kind != "body" and match.rule.zone != "tail" for match in block.matches)


def find_dates(
    removals: Sequence[Removal], below: Sequence[Block], *, headline: int
) -> tuple[datetime | None, datetime | None]:
    """The moments of publication and of change; None for none. `below` is the text below the headline."""
    language = language_of(block.text for block in below)  # 3/4/2024 is in March in some
    stamps = find_stamps(removals, headline=headline, text=first_sentence(below), language=language)
    return stamped_dates(stamps, language=language)


def first_sentence(blocks: Sequence[Block]) -> int:
    """The position of the first block that ends like a sentence, else of the first; 0 for no blocks."""
    ends = (block.position for block in blocks if STATEMENT_END.search(block.text))
    return next(ends, blocks[0].position if blocks else 0)


def find_stamps(removals: Sequence[Removal], *, headline: int, text: int, language: str) -> list[str]:
    """The lines that may give the dates: stamps and bylines between headline and text, else above, else below the text.

    `headline` and `text` are positions. Above the headline some sites show the day of the visit. Different dates below
    the text belong to other articles.
    """
    dates = {
        row: date for row in removals if row.kind in STAMPED_KINDS and (date := read_date(row.text, language=language))
    }
    if head := [row for row in dates if row.position < text]:
        return [row.text for row in head if row.position > headline] or [row.text for row in head]
    return [row.text for row in dates] if len(set(dates.values())) == 1 else []


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
    return block._replace(kind=kind, credit=picture_credit(block.text) if kind == "caption" else "")
