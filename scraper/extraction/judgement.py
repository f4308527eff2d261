"""The judgement over a page's candidates: for each block the rule that applies to it, and the reason to remove it.

Nothing is removed here: `strip` does that, with the reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from scraper.extraction.candidates import Candidate
from scraper.extraction.pull_quotes import MIN_BODY_PARAGRAPH_CHARS, find_pull_quotes
from scraper.extraction.repeats import find_repeat, is_verse
from scraper.rules.matching import Match
from scraper.rules.model import Rule
from scraper.rules.reasons import AUTHOR, CARDS, PULL_QUOTE, SCORER, SECTION, TITLE, UNSEEN, Reason, Stage
from scraper.rules.thresholds import number, share
from scraper.text.words import fold
from scraper.types import REMOVAL_KINDS, RemovalKind

MIN_EMBED_SCORE: Final = share("MIN_EMBED_SCORE")
MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
MAX_SECTION_ITEM_CHARS: Final = number("MAX_SECTION_ITEM_CHARS")
MIN_SECTION_LINK_SHARE: Final = share("MIN_SECTION_LINK_SHARE")

HEADED_KINDS: Final = frozenset(
    "newsletter promo related ad affiliate social author-box comment paywall consent tags navigation".split()
)
"""Kinds of blocks that a heading in the same box belongs to; a headline above a time, a byline or a picture is kept."""

EMBED_KINDS: Final = frozenset({"social"})
"""Kinds of text rules that describe what an embedded post says of itself ("A post shared by …"): there it is no boilerplate."""

LOW_SCORES: Final[dict[str, Reason]] = {kind: replace(SCORER, kind=kind) for kind in REMOVAL_KINDS}
"""The reasons for a low score by the kind of the block: a page has a hundred such blocks."""

MAX_FIRST_WORDS: Final = 8
"""First words by which texts are told apart; only if two begin alike, all of their words are compared."""

MAX_ROUNDS: Final = 10
"""Times that the kept blocks are judged again; real pages need one."""


def judge_until_stable(
    candidates: Sequence[Candidate], *, floor: float
) -> tuple[list[Match | None], list[Reason | None]]:
    """For each block the text rule that applies and the reason to remove it; a second judgement removes nothing more.

    A removed block may move the article's ends or leave a heading alone, so the kept blocks are judged again.
    """
    own = own_reasons(candidates, floor=floor)
    matches = choose_matches(candidates, floor=floor)
    reasons = judge(candidates, matches, own, floor=floor)
    for _ in range(MAX_ROUNDS):
        places = [place for place, reason in enumerate(reasons) if reason is None]
        left = [candidates[place] for place in places]
        applied = choose_matches(left, floor=floor)
        found = judge(left, applied, [own[place] for place in places], floor=floor)
        for place, match, reason in zip(places, applied, found, strict=True):
            matches[place], reasons[place] = match, reason
        if not any(found):
            break
    return matches, reasons


def choose_matches(candidates: Sequence[Candidate], *, floor: float) -> list[Match | None]:
    """For each block the first text rule that matches and applies at the block's place."""
    chosen: list[Match | None] = [None] * len(candidates)
    matched = [place for place, block in enumerate(candidates) if block.matches]
    if not matched:
        return chosen
    places = range(len(candidates))
    first = next((place for place in places if is_body_paragraph(candidates[place], floor=floor)), len(candidates))
    last = next((place for place in reversed(places) if is_body_paragraph(candidates[place], floor=floor)), -1)
    for place in matched:
        own = candidates[place].matches
        chosen[place] = next((match for match in own if in_zone(match.rule, place, first=first, last=last)), None)
    return chosen


def is_body_paragraph(block: Candidate, *, floor: float) -> bool:
    """Whether a block is surely running text of the article."""
    return (
        block.score >= floor
        and len(block.text) >= MIN_BODY_PARAGRAPH_CHARS
        and block.link_share < MAX_PARAGRAPH_LINK_SHARE
        and not block.element
        and not block.matches
        and not block.unseen
    )


def in_zone(rule: Rule, place: int, *, first: int, last: int) -> bool:
    """Whether a rule for the head or the tail of an article applies at a place."""
    return rule.zone == "any" or (place < first if rule.zone == "head" else place > last)


def own_reasons(candidates: Sequence[Candidate], *, floor: float) -> list[Reason | None]:
    """For each block the reason to remove it if no text rule applies to it: for most, nothing but the score decides."""
    reasons: list[Reason | None] = []
    for block in candidates:
        if is_marked(block) or block.kind == "embed":
            reasons.append(reason_for(block, None, None, floor=floor))
        else:
            reasons.append(None if block.score >= floor else LOW_SCORES[block.hint])
    return reasons


def is_marked(block: Candidate) -> bool:
    """Whether a block has a mark of its own, which decides before its score does."""
    marks = block.element or block.repeats or block.part
    return bool(marks or block.is_teaser or block.unseen or block.is_standfirst)


def judge(
    candidates: Sequence[Candidate], matches: Sequence[Match | None], own: Sequence[Reason | None], *, floor: float
) -> list[Reason | None]:
    """For each block the reason to remove it, or None. `own` are the reasons of blocks that no text rule reaches."""
    reasons = list(own)
    section: Rule | None = None
    for place, match in enumerate(matches):
        if match is None and section is None:
            continue
        section = section_after(section, candidates[place], match)
        if match or section:
            reasons[place] = reason_for(candidates[place], match, section, floor=floor)
    mark_repeats(candidates, reasons)
    for place in find_pull_quotes(candidates, [place for place, reason in enumerate(reasons) if reason is None]):
        reasons[place] = PULL_QUOTE
    drop_orphan_headings(candidates, reasons)
    return reasons


def mark_repeats(candidates: Sequence[Candidate], reasons: list[Reason | None]) -> None:
    """Add the reasons for kept blocks that repeat an earlier one."""
    kept = [place for place, reason in enumerate(reasons) if reason is None]
    words = [fold(candidates[place].text) for place in kept]
    if len({own[:MAX_FIRST_WORDS] for own in words}) == len(words) or is_verse(candidates):
        return
    seen: dict[tuple[bool, tuple[str, ...]], int] = {}
    for place, own in zip(kept, words, strict=True):
        key = (candidates[place].is_standfirst, own)  # a paragraph that the standfirst repeats stays
        if key in seen:
            reasons[place] = find_repeat(candidates, seen[key], reasons[:place])
        seen[key] = place


def drop_orphan_headings(candidates: Sequence[Candidate], reasons: list[Reason | None]) -> None:
    """Add a reason for each heading that stands alone: in its box nothing below it is kept, nor is anything right
    below it, such as a list, which has a box of its own.
    """
    boxes = {candidates[place].box for place in find_bare_headings(candidates, reasons)}
    if not boxes:
        return
    below: dict[int, Reason | None] = {}
    keeping: set[int] = set()
    next_in_box: dict[int, int] = {}
    next_kept = len(candidates)
    for place in range(len(candidates) - 1, -1, -1):
        block = candidates[place]
        if block.box in boxes:
            heads = block.kind == "heading" and not block.is_standfirst
            if reasons[place] is None and heads and block.box not in keeping:
                reason = below.get(block.box)
                is_alone = next_kept >= next_in_box.get(block.box, place)
                reasons[place] = reason if reason and reason.kind in HEADED_KINDS and is_alone else None
            if reasons[place] is None:
                keeping.add(block.box)
            below[block.box] = reasons[place]
            next_in_box[block.box] = place
        if reasons[place] is None:
            next_kept = place


def find_bare_headings(candidates: Sequence[Candidate], reasons: Sequence[Reason | None]) -> list[int]:
    """The places of kept headings in a box right above a block that is removed, or that is such a heading itself: no others
    stand alone.
    """
    headings = [
        place
        for place, reason in enumerate(reasons)
        if reason is None and candidates[place].kind == "heading" and candidates[place].box >= 0
    ]
    found: list[int] = []
    for place in reversed(headings):
        if place + 1 < len(reasons) and (reasons[place + 1] is not None or (found and found[-1] == place + 1)):
            found.append(place)
    return found


def reason_for(block: Candidate, match: Match | None, section: Rule | None, *, floor: float) -> Reason | None:
    """The first of: the rule of its element, text or section; a built-in reason. None: the block is kept."""
    if match and block.kind == "embed" and match.rule.kind in EMBED_KINDS:
        match = None
    rule = block.element or (match.rule if match else section)
    kind = rule.kind if rule else "other"
    if kind == "body":
        return None
    if kind == "correction":
        return UNSEEN if block.unseen else None
    if rule and rule.stage != "link":  # those are no rules for blocks
        return reason_of(rule.id, rule.stage, kind, rule.why)
    if block.unseen:
        return UNSEEN
    if block.repeats is SECTION or (block.repeats is TITLE and block.kind == "heading"):
        return block.repeats
    if block.is_standfirst:
        return None
    if block.is_teaser or block.part:
        return block.part or CARDS
    is_kept = block.score >= (MIN_EMBED_SCORE if block.kind == "embed" else floor)
    is_name = block.repeats is AUTHOR and block.kind == "paragraph" and block.score < 1
    if is_name and (is_kept or block.hint != "author-box"):
        return AUTHOR
    if is_kept:
        return None
    return block.repeats if block.repeats and block.repeats.is_copy else LOW_SCORES[block.hint]


@lru_cache(maxsize=1000)  # each round asks again, and few rules match
def reason_of(rule_id: str, stage: Stage, kind: RemovalKind, why: str) -> Reason:
    """The reason that a rule gives."""
    return Reason(rule_id, stage, kind, why)


def section_after(section: Rule | None, block: Candidate, match: Match | None) -> Rule | None:
    """The rule of the section that a block opens or continues: links and teasers below a heading such as "Related"."""
    if match:
        return match.rule if match.rule.takes == "section" else section
    if section and (
        block.link_share >= MIN_SECTION_LINK_SHARE
        or (block.kind in {"list", "heading"} and len(block.text) < MAX_SECTION_ITEM_CHARS)
    ):
        return section
    return None
