"""Candidates: the blocks of a page with the evidence that the stripper judges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from scraper.blocks.model import PageBlock
from scraper.extraction.galleries import find_galleries
from scraper.extraction.page_read import MIN_TEASER_CHARS, PageRead, is_all_link, link_share
from scraper.extraction.site_header import find_site_header
from scraper.extraction.standfirst import find_standfirsts
from scraper.rules.matching import Match
from scraper.rules.model import Rule
from scraper.rules.reasons import AUTHOR, DESCRIPTION, GALLERY, SITE_HEADER, TITLE, Reason
from scraper.rules.thresholds import number, share
from scraper.scoring.class_hints import suggest_kinds
from scraper.scoring.scorer import BlockScores
from scraper.scoring.teaser_cards import find_teasers
from scraper.text.entities import strip_encoding
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold
from scraper.types import Metadata, RemovalKind

MIN_BODY_SCORE: Final = share("MIN_BODY_SCORE")
MIN_TITLE_CHARS: Final = number("MIN_TITLE_CHARS")
MAX_KICKER_CHARS: Final = number("MAX_KICKER_CHARS")
MIN_LONG_MENU_CHARS: Final = number("MIN_LONG_MENU_CHARS")
MIN_LONG_MENU_SHARE: Final = share("MIN_LONG_MENU_SHARE")


class Candidate(NamedTuple):
    """A text block before judgement.

    `link_share` is the share of its characters that are link text. `element` is the rule that marked its element.
    `matches` are the text rules that match it, wherever they apply. `score` is the evidence that the block is body
    text, 0 to 1. `hint` is the removal kind that the scorer or its surroundings suggest. `repeats` is the reason to
    remove the block if it does no more than repeat the title, the description or the author, or name a section. `box`
    numbers the element that holds the block and its neighbours, `holder` the element that holds it directly; -1: none
    (plain text). `is_teaser`: the block is in a row of teaser cards. `unseen`: no reader sees the block.
    `is_standfirst`: the page shows it as the standfirst, which is kept beside the body regardless of its score. `part` is
    the reason to remove a block that looks like body text, but is in a part of the page that is not the article.
    """

    position: int
    kind: str
    text: str
    link_share: float = 0.0
    element: Rule | None = None
    matches: tuple[Match, ...] = ()
    score: float = 1.0
    hint: RemovalKind = "other"
    repeats: Reason | None = None
    box: int = -1
    is_teaser: bool = False
    holder: int = -1
    unseen: bool = False
    is_standfirst: bool = False
    part: Reason | None = None


def make_candidates(read: PageRead, scores: BlockScores) -> list[Candidate]:
    """The candidates of a page, one per block, in page order."""
    fields = field_reasons(read.metadata)
    title = "".join(fold(read.metadata.title))
    containers = read.blocks.containers
    around = suggest_kinds(containers, [block.container for block in read.blocks.blocks])
    teasers = find_teasers(read.blocks, scores.own, host=read.host)
    standfirsts = find_standfirsts(read, scores.own.tolist())
    parts = dict.fromkeys(find_galleries(read.blocks, scores.own), GALLERY)
    parts |= dict.fromkeys(find_site_header(read.blocks), SITE_HEADER)
    found = []
    for block, matches, score, said, hint in zip(
        read.blocks.blocks, read.matches, scores.own.tolist(), scores.kinds, around, strict=True
    ):
        is_body = is_named_body(block, matches)
        linked = link_share(block)
        values = (
            block.position,
            block.kind,
            block.text,
            linked,
            None if is_body else block.rule,
            tuple(match for match in matches if match.rule.kind != "body") if matches else (),
            1.0 if is_body else 0.0 if block.position in parts or is_long_menu(block, hint) else score,
            hint_of_block(block, joined_kind(said, hint)),
            fields.get(fold(strip_encoding(block.text))) or (TITLE if ends_in_title(block, title) else None),
            max(containers[block.container].parent, 0),
            not is_body and block.position in teasers,
            block.container,
            block.unseen and not is_body,
            not is_body and block.position in standfirsts,
            parts.get(block.position) if score >= MIN_BODY_SCORE and not is_body else None,
        )
        found.append(tuple.__new__(Candidate, values))  # six times as fast as `Candidate` with names
    return found


def field_reasons(metadata: Metadata) -> dict[tuple[str, ...], Reason]:
    """The reasons to remove a block that repeats a metadata field, by the field's words.

    A field without words is left out. So is an author of a single word, in scripts that put spaces between words.
    """
    names = (words for words in map(fold, metadata.authors) if len(words) > 1 or UNSPACED.search("".join(words)))
    reasons = {form: AUTHOR for words in names for form in (words, ("".join(words),))}
    reasons |= {fold(metadata.description): DESCRIPTION, fold(metadata.title): TITLE}
    reasons.pop((), None)
    return reasons


def ends_in_title(block: PageBlock, title: str) -> bool:
    """Whether a heading is a kicker and the title, in one element. `title` is folded, without spaces."""
    if block.kind != "heading" or len(title) < MIN_TITLE_CHARS:
        return False
    words = "".join(fold(block.text))
    return words.endswith(title) and len(words) - len(title) <= MAX_KICKER_CHARS


def is_named_body(block: PageBlock, matches: Sequence[Match]) -> bool:
    """Whether a rule says that a block is body text, by its element or its text."""
    if block.rule is not None and block.rule.kind == "body":
        return True
    return bool(matches) and any(match.rule.kind == "body" for match in matches)


def is_long_menu(block: PageBlock, hint: RemovalKind) -> bool:
    """Whether a block is a menu longer than any that the scorer was trained on. The scorer may call it a paragraph."""
    return hint == "navigation" and len(block.text) >= MIN_LONG_MENU_CHARS and link_share(block) >= MIN_LONG_MENU_SHARE


def joined_kind(said: RemovalKind, around: RemovalKind) -> RemovalKind:
    """The removal kind by the scorer; by the surroundings if it knows none, or to tell an author's box from a byline."""
    is_box = said == "byline" and around == "author-box"
    return around if said == "other" or is_box else said


def hint_of_block(block: PageBlock, suggested: RemovalKind) -> RemovalKind:
    """The suggested removal kind, else one by the block's form: a headline that is all link is a teaser."""
    if block.kind == "caption":
        return "caption"
    is_teaser = suggested == "other" and len(block.text) >= MIN_TEASER_CHARS and is_all_link(block)
    return "related" if is_teaser else suggested
