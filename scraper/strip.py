"""The only code that takes anything out of an article.

Two passes: `mark_elements` finds the elements that rules name, before blocks are read; `strip_blocks` judges each
text block. Every block ends up kept, removed from within the article, or outside of it (chrome), with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from selectolax.lexbor import LexborHTMLParser

from scraper.rules import Rule, RuleSet
from scraper.types import Removal, RemovalKind

LONG: Final = 150
"""Characters from which a block counts as a body paragraph when the head and the tail of an article are told."""

SHORT: Final = 120
"""Characters below which a block may belong to the section that a heading such as "Related stories" opens."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text block before judgement. `share` is the share of its characters that are link text.

    `element_rule` names the rule that marked its element; `score` is the evidence that it is body text, 0 to 1;
    `hint` is the removal kind that its surroundings suggest.
    """

    position: int
    kind: str
    text: str
    share: float = 0.0
    element_rule: str = ""
    score: float = 1.0
    hint: RemovalKind = "other"


@dataclass(frozen=True, slots=True)
class Stripped:
    """The judgement over all candidates: positions kept, removals within the article, and what lies outside."""

    kept: tuple[int, ...]
    removals: tuple[Removal, ...]
    chrome: tuple[Removal, ...]
    names: tuple[tuple[str, str], ...]  # ("authors" | "contributors", the words that a rule's group matched)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that takes a block out, and the names it found there."""

    rule_id: str
    stage: Literal["element", "text", "page"]
    kind: RemovalKind
    names: tuple[tuple[str, str], ...] = ()
    takes: str = "block"


def mark_elements(tree: LexborHTMLParser, rules: RuleSet) -> dict[int, str]:
    """Elements that rules take out: `mem_id` to rule id, the first rule in table order winning."""
    marks: dict[int, str] = {}
    for rule in rules.elements:
        for node in tree.css(rule.pattern):
            marks.setdefault(node.mem_id, rule.id)
    return marks


def zones(candidates: Sequence[Candidate], floor: float) -> tuple[int, int]:
    """Places of the first and the last long block that may be body text; the whole sequence when there is none."""
    long = [
        place
        for place, block in enumerate(candidates)
        if len(block.text) >= LONG and block.share < 0.5 and block.score >= floor and not block.element_rule
    ]
    return (long[0], long[-1]) if long else (len(candidates), -1)


def match_text_rule(block: Candidate, rules: RuleSet, *, zone: str) -> Hit | None:
    """The first text rule that takes a block out."""
    text = " ".join(block.text.split())
    for rule in rules.candidates(text) if len(text) <= 1000 else ():
        if not applies(rule, block, size=len(text), zone=zone):
            continue
        if match := rules.compiled[rule.id].search(text):
            names = tuple((key, value) for key, value in match.groupdict().items() if value)
            return Hit(rule.id, "text", rule.kind, names, rule.takes)
    return None


def applies(rule: Rule, block: Candidate, *, size: int, zone: str) -> bool:
    """Whether the context that a rule asks for is there."""
    return (
        size <= rule.max_chars
        and rule.zone in ("any", *zone.split())
        and (not rule.blocks or block.kind in rule.blocks)
        and block.share >= rule.min_link_density
    )


def repeat_key(text: str) -> str:
    """What two copies of a block have in common: words without case and punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def judge(candidates: Sequence[Candidate], rules: RuleSet, *, floor: float) -> list[Hit | None]:
    """For each block the reason to take it out, or None."""
    first_long, last_long = zones(candidates, floor)
    kinds = {rule.id: rule.kind for rule in rules.elements}
    seen: set[str] = set()
    hits: list[Hit | None] = []
    section: Hit | None = None
    for place, block in enumerate(candidates):
        zone = " ".join(["head"] * (place < first_long) + ["tail"] * (place > last_long))
        hit = None
        if block.element_rule:
            hit = Hit(block.element_rule, "element", kinds[block.element_rule])
        else:
            hit = match_text_rule(block, rules, zone=zone)
        if hit is None and section is not None and in_section(block):
            hit = section
        elif hit is None or hit.takes != "section":
            section = None if block.kind != "list" else section
        if hit is not None and hit.takes == "section":
            section = hit
        if hit is None and block.score < floor:
            hit = Hit("scorer", "text", block.hint)
        key = repeat_key(block.text)
        if hit is None and len(key) >= 40 and key in seen:
            hit = Hit("repeat", "text", "repeat")
        if hit is None:
            seen.add(key)
        hits.append(hit)
    return hits


def in_section(block: Candidate) -> bool:
    """Whether a block can belong to a section of links or teasers that a heading opened."""
    return block.share >= 0.5 or (block.kind in {"list", "heading"} and len(block.text) < SHORT)


def strip_blocks(candidates: Sequence[Candidate], rules: RuleSet, *, floor: float = 0.5, start: int = 0) -> Stripped:
    """Keeps the article's blocks and accounts for all others.

    `floor` is the score below which a block goes; `start` the position from which the article's region may begin
    (its title's), for what stands between the title and the first paragraph.
    """
    hits = judge(candidates, rules, floor=floor)
    kept = [block.position for block, hit in zip(candidates, hits, strict=True) if hit is None]
    first, last = region(candidates, hits, start=start)
    removals: list[Removal] = []
    chrome: list[Removal] = []
    for block, hit in zip(candidates, hits, strict=True):
        if hit is None:
            continue
        inside = first <= block.position <= last
        where = removals if inside else chrome
        outside = not inside and hit.rule_id == "scorer"
        where.append(
            Removal(
                rule_id="outside" if outside else hit.rule_id,
                stage="page" if outside else hit.stage,
                kind="navigation" if outside and hit.kind == "other" else hit.kind,
                position=block.position,
                text=block.text,
            )
        )
    names = tuple(name for removal, hit in zip(candidates, hits, strict=True) if hit for name in hit.names)
    return Stripped(tuple(kept), tuple(removals), tuple(chrome), names)


def region(candidates: Sequence[Candidate], hits: Sequence[Hit | None], *, start: int) -> tuple[int, int]:
    """First and last position of the article: its kept blocks, and what rules took out right before and after."""
    places = [place for place, hit in enumerate(hits) if hit is None]
    if not places:
        return (0, -1)
    first, last = places[0], places[-1]
    while first > 0 and (named(hits[first - 1]) or candidates[first - 1].position >= start > 0):
        first -= 1
    while last + 1 < len(hits) and named(hits[last + 1]):
        last += 1
    return candidates[first].position, candidates[last].position


def named(hit: Hit | None) -> bool:
    """Whether a text rule, not mere evidence, took a block out."""
    return hit is not None and hit.stage == "text" and hit.rule_id != "scorer"
