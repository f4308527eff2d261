"""The only code that removes blocks from an article.

Each candidate ends up in one of three places, with a reason unless it is kept: kept, removed from within the article,
or outside of the article (chrome).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from scraper.blocks.model import PageBlocks
from scraper.extraction.candidates import Candidate, make_candidates
from scraper.extraction.captions import find_captions
from scraper.extraction.flow import keep_flow
from scraper.extraction.hidden import show_hidden_body
from scraper.extraction.holder import find_held
from scraper.extraction.page_read import PageRead, title_position
from scraper.extraction.pull_quotes import MIN_BODY_PARAGRAPH_CHARS, find_pull_quotes
from scraper.extraction.repeats import find_repeat, is_verse
from scraper.extraction.units import keep_units
from scraper.rules.matching import Match
from scraper.rules.model import Rule
from scraper.rules.reasons import AUTHOR, CARDS, OUTSIDE, PULL_QUOTE, SCORER, SECTION, TITLE, UNSEEN, Reason
from scraper.rules.thresholds import number, share
from scraper.scoring.scorer import BlockScores
from scraper.text.words import fold
from scraper.types import REMOVAL_KINDS, Block, Removal, RemovalKind

MIN_BODY_SCORE: Final = share("MIN_BODY_SCORE")
MIN_EMBED_SCORE: Final = share("MIN_EMBED_SCORE")
MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
MAX_SECTION_ITEM_CHARS: Final = number("MAX_SECTION_ITEM_CHARS")
MIN_SECTION_LINK_SHARE: Final = share("MIN_SECTION_LINK_SHARE")
MAX_RULE_SHARE: Final = share("MAX_RULE_SHARE")
MIN_LEFT_CHARS: Final = number("MIN_LEFT_CHARS")

LONG_KINDS: Final = frozenset({"comment", "consent"})
"""Kinds of element rules that may exceed MAX_RULE_SHARE: threads and consent forms may be longer than the article."""

HEADED_KINDS: Final = frozenset(
    "newsletter promo related ad affiliate social author-box comment paywall consent tags navigation".split()
)
"""Kinds of blocks that a heading in the same box belongs to; a headline above a time, a byline or a picture is kept."""

EMBED_KINDS: Final = frozenset({"social"})
"""Kinds of text rules that describe what an embedded post says of itself ("A post shared by …"): there it is no boilerplate."""

LOW_SCORES: Final[dict[str, Reason]] = {kind: SCORER._replace(kind=kind) for kind in REMOVAL_KINDS}
OUTSIDES: Final[dict[str, Reason]] = {kind: OUTSIDE._replace(kind=kind) for kind in REMOVAL_KINDS}
"""The reasons for a low score by the kind of the block: a page has a hundred such blocks."""

FIRST_MARK: Final = Candidate._fields.index("element")
NO_MARKS: Final = Candidate(0, "", "")[FIRST_MARK:]
"""The last fields of a candidate of which only its score decides: it has no mark of its own."""

MAX_FIRST_WORDS: Final = 8
"""First words by which texts are told apart; only if two begin alike, all of their words are compared."""

MAX_ROUNDS: Final = 10
"""Times that the kept blocks are judged again; real pages need one."""


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
            for block, match in zip(candidates, matches, strict=True)
            if match and first <= block.position <= last
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
            chrome.append(remove(block, outside(reason)))
    return tuple(removals), tuple(chrome)


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
        block._replace(element=None) if block.element and block.element.id in greedy else block for block in candidates
    ]


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
    return [
        (None if block.score >= floor else LOW_SCORES[block.hint])
        if block[FIRST_MARK:] == NO_MARKS and block.kind != "embed"
        else reason_for(block, None, None, floor=floor)
        for block in candidates
    ]


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
            reasons[place] = reason._replace(kind=kind)
        place += step


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
        return Reason(rule.id, rule.stage, kind, rule.why)
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


def outside(reason: Reason) -> Reason:
    """The reason for a block outside of the article: OUTSIDE takes the place of a low score."""
    if not reason.by_score:
        return reason
    return OUTSIDE if reason.kind == "other" else OUTSIDES[reason.kind]


def remove(block: Candidate | Block, reason: Reason) -> Removal:
    """The ledger's row for a block that is removed. Nothing else in `scraper` makes one."""
    return Removal(reason.id, reason.stage, reason.kind, block.position, block.text)
