"""The only code that removes blocks from an article.

Each candidate ends up in one of three places, with a reason unless it is kept: kept, removed from within the article,
or outside of the article (chrome).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scraper.blocks.model import PageBlocks
from scraper.extraction.candidates import Candidate, make_candidates
from scraper.extraction.captions import find_captions
from scraper.extraction.flow import keep_flow
from scraper.extraction.hidden import show_hidden_body
from scraper.extraction.holder import find_held
from scraper.extraction.judgement import HEADED_KINDS, judge_until_stable
from scraper.extraction.notes import keep_notes
from scraper.extraction.page_read import PageRead, title_position
from scraper.extraction.units import keep_units
from scraper.rules.matching import Match
from scraper.rules.reasons import OUTSIDE, Reason
from scraper.rules.thresholds import number, share
from scraper.scoring.scorer import BlockScores
from scraper.types import REMOVAL_KINDS, Block, Removal, RemovalKind

MIN_BODY_SCORE: Final = share("MIN_BODY_SCORE")
MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
MAX_RULE_SHARE: Final = share("MAX_RULE_SHARE")
MIN_LEFT_CHARS: Final = number("MIN_LEFT_CHARS")

LONG_KINDS: Final = frozenset({"comment", "consent"})
"""Kinds of element rules that may exceed MAX_RULE_SHARE: threads and consent forms may be longer than the article."""

OUTSIDES: Final[dict[str, Reason]] = {
    kind: OUTSIDE if kind == "other" else replace(OUTSIDE, kind=kind) for kind in REMOVAL_KINDS
}
"""The reasons for a low score outside of the article by the kind of the block."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """The judgement over all candidates, by position.

    `kept` is the body. `standfirsts`, `corrections` and `embeds` are kept beside the body; so are `captions`, which are
    removals too (see `find_captions`). `names` are pairs: `authors` or `contributors`, and the words that a rule's group
    of that name matched.
    """

    kept: tuple[int, ...]
    removals: tuple[Removal, ...]
    chrome: tuple[Removal, ...]
    names: tuple[tuple[str, str], ...]
    corrections: tuple[int, ...] = ()
    embeds: tuple[int, ...] = ()
    captions: tuple[int, ...] = ()
    standfirsts: tuple[int, ...] = ()

    @property
    def shown(self) -> tuple[int, ...]:
        """The body with its standfirst; nothing without a body."""
        return tuple(sorted((*self.standfirsts, *self.kept))) if self.kept else ()


def strip_page(read: PageRead, scores: BlockScores) -> Stripped:
    """The judgement over the blocks of a page."""
    candidates = show_hidden_body(make_candidates(read, scores), floor=MIN_BODY_SCORE)
    candidates = keep_notes(candidates, read.blocks, floor=MIN_BODY_SCORE)
    candidates = keep_flow(keep_units(candidates, read.blocks, floor=MIN_BODY_SCORE), read.blocks, floor=MIN_BODY_SCORE)
    return strip_blocks(candidates, start=title_position(read.blocks, read.metadata.title), page=read.blocks)


def strip_blocks(
    candidates: Sequence[Candidate],
    *,
    floor: float = MIN_BODY_SCORE,
    start: int = 0,
    page: PageBlocks | None = None,
) -> Stripped:
    """Split candidates into kept, removed and chrome.

    Blocks that score below `floor` are removed. `start` is the title's position: blocks between the title and the first
    paragraph are within the article. So are blocks that the article's element holds, if there is a `page` of elements.
    """
    candidates = ignore_greedy_element_rules(candidates, floor=floor)
    matches, reasons = judge_until_stable(candidates, floor=floor)
    reasons = keep_embeds_within(candidates, relabel_by_neighbours(candidates, reasons))
    first, last = region(candidates, reasons, start=start)
    kept = [place for place, reason in enumerate(reasons) if reason is None]
    corrections = [place for place in kept if is_correction(matches[place])]
    embeds = [place for place in kept if candidates[place].kind == "embed"]
    standfirsts = [place for place in kept if candidates[place].is_standfirst and place not in corrections]
    beside = {*corrections, *embeds, *standfirsts}
    body = tuple(candidates[place].position for place in kept if place not in beside)
    held = find_held(page, [candidates[place].position for place in kept], body=body) if page else frozenset()
    removals, chrome = part_removed(candidates, reasons, within=held.union(range(first, last + 1)))
    return Stripped(
        kept=body,
        corrections=tuple(candidates[place].position for place in corrections),
        embeds=tuple(candidates[place].position for place in embeds),
        captions=find_captions(removals, first=first, last=last, kept=body, page=page),
        standfirsts=tuple(candidates[place].position for place in standfirsts),
        removals=removals,
        chrome=chrome,
        names=tuple(
            name
            for place, match in enumerate(matches)
            if match and match.names and first <= candidates[place].position <= last
            for name in match.names
        ),
    )


def part_removed(
    candidates: Sequence[Candidate], reasons: Sequence[Reason | None], *, within: Container[int]
) -> tuple[tuple[Removal, ...], tuple[Removal, ...]]:
    """The removals at positions within the article, and the chrome."""
    removals: list[Removal] = []
    chrome: list[Removal] = []
    for block, reason in zip(candidates, reasons, strict=True):
        if reason is None:
            continue
        if block.position in within:
            removals.append(remove(block, reason))
        else:
            chrome.append(remove(block, OUTSIDES[reason.kind] if reason.by_score else reason))
    return tuple(removals), tuple(chrome)


def is_correction(match: Match | None) -> bool:
    """Whether a rule says that a block is a correction or an editor's note."""
    return match is not None and match.rule.kind == "correction"


def ignore_greedy_element_rules(candidates: Sequence[Candidate], *, floor: float) -> Sequence[Candidate]:
    """The candidates without the marks of element rules that would remove too much of the body.

    A rule's matches count together: `.content p` matches one paragraph after the other.
    """
    if not any(block.element for block in candidates):
        return candidates
    marked: Counter[tuple[str, str]] = Counter()
    total = 0
    for block in candidates:
        if block.score >= floor and block.link_share < MAX_PARAGRAPH_LINK_SHARE:
            total += len(block.text)
            if block.element:
                marked[block.element.id, block.element.kind] += len(block.text)
    greedy = {
        rule
        for (rule, kind), chars in marked.items()
        if chars > MAX_RULE_SHARE * total and (kind not in LONG_KINDS or total - chars < MIN_LEFT_CHARS)
    }
    if not greedy:
        return candidates
    return [
        replace(block, element=None) if block.element and block.element.id in greedy else block for block in candidates
    ]


def keep_embeds_within(candidates: Sequence[Candidate], reasons: Sequence[Reason | None]) -> list[Reason | None]:
    """The reasons, without those of embedded posts between kept blocks that only a low score would remove.

    A post is no body text and scores low; where it stands says that the article shows it.
    """
    if not any(block.kind == "embed" for block in candidates):
        return list(reasons)
    kept = [place for place, reason in enumerate(reasons) if reason is None and candidates[place].kind != "embed"]
    first, last = (kept[0], kept[-1]) if kept else (0, -1)
    return [
        None if candidates[place].kind == "embed" and reason and reason.by_score and first < place < last else reason
        for place, reason in enumerate(reasons)
    ]


def relabel_by_neighbours(candidates: Sequence[Candidate], reasons: Sequence[Reason | None]) -> list[Reason | None]:
    """The reasons; a low score gets the kind that a rule gave to a neighbour in the same box.

    "The best of the week" above a field for an e-mail address belongs to the sign-up.
    """
    found = list(reasons)
    named = [
        (place, reason.kind)
        for place, reason in enumerate(reasons)
        if reason and not reason.by_score and reason.kind in HEADED_KINDS and candidates[place].box >= 0
    ]
    for step in (1, -1):
        for place, kind in named:
            spread_kind(candidates, found, kind, place, step=step)
    return found


def spread_kind(
    candidates: Sequence[Candidate], reasons: list[Reason | None], kind: RemovalKind, start: int, *, step: int
) -> None:
    """Give the kind of the block at `start` to its neighbours in the same box, up to one that is kept or that a rule knows."""
    place = start + step
    while 0 <= place < len(reasons) and candidates[place].box == candidates[start].box:
        reason = reasons[place]
        if reason is None or not reason.by_score:
            break
        if reason.kind == "other":
            reasons[place] = replace(reason, kind=kind)
        place += step


def region(candidates: Sequence[Candidate], reasons: Sequence[Reason | None], *, start: int) -> tuple[int, int]:
    """First and last position of the article: its kept blocks, and blocks that rules removed right before and after."""
    places = [place for place, reason in enumerate(reasons) if reason is None]
    if not places:
        return (0, -1)
    first, last = places[0], places[-1]
    while first > 0 and (is_named(reasons[first - 1]) or candidates[first - 1].position >= start > 0):
        first -= 1
    while last + 1 < len(reasons) and is_named(reasons[last + 1]):
        last += 1
    return candidates[first].position, candidates[last].position


def is_named(reason: Reason | None) -> bool:
    """Whether a text rule or a built-in reason removed a block, and not its score alone."""
    return reason is not None and reason.stage == "text" and not reason.by_score


def remove(block: Candidate | Block, reason: Reason) -> Removal:
    """The ledger's row for a block that is removed. Nothing else in `scraper` makes one."""
    return Removal(reason.id, reason.stage, reason.kind, block.position, block.text)
