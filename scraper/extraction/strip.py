"""The only code that takes anything out of an article.

`matching` says what rules know of a page's elements and text blocks; `strip_blocks` decides, with the evidence that a
block is body text. Every block ends up kept, removed from within the article, or outside of it (chrome), with a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from scraper.rules.matching import Match
from scraper.rules.model import Rule
from scraper.rules.reasons import AUTHOR, CARDS, DESCRIPTION, OUTSIDE, PULL_QUOTE, REPEAT, SCORER, TITLE, Reason
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold
from scraper.types import Block, Removal, RemovalKind

MIN_PARAGRAPH_CHARS: Final = 150
"""Characters from which a block counts as a body paragraph when the head and the tail of an article are told."""

MAX_SECTION_ITEM_CHARS: Final = 120
"""Characters below which a block may belong to the section that a heading such as "Related stories" opens."""

MIN_REPEATED_WORDS: Final = 6
"""Words from which a block that has stood before is a copy; shorter ones recur in lists and dialogues."""

MIN_REPEATED_CHARS: Final = 16
"""The same in scripts that set no word apart: signs of the text."""

RECURRING: Final = frozenset({"list", "table", "heading"})
"""What may say the same again for each of several things, such as `Pick-up: at the airport`."""

SURE_SCORE: Final = 0.9
"""Score from which it does, unless it goes on where a longer copy stands."""

PULLED: Final = frozenset({"paragraph", "quote"})
MAX_PULL_QUOTE_CHARS: Final = 400
"""Characters up to which a box may be a pull quote."""

HEADED_KINDS: Final = frozenset(
    "newsletter promo related ad affiliate social author-box comment paywall consent tags navigation".split()
)
"""What a heading may head in a box of its own; a time, a byline or a picture below a headline leave it standing."""

COPIED_FIELDS: Final = {"title": TITLE, "description": DESCRIPTION}
"""The reason for a block that scores too low and repeats a metadata field."""

MIN_EMBED_SCORE: Final = 0.2
"""Score from which an embedded post is kept, apart: it is no body text, but belongs to the article that shows it."""

MAX_RULE_SHARE: Final = 0.4
"""Share of the text that looks like body above which an element rule is refused: it has found the article."""

LONG_KINDS: Final = frozenset({"comment", "consent"})
"""Kinds of element rules that may take more: threads and consent forms are often longer than the article they stand by."""

MIN_LEFT_CHARS: Final = 400
"""Characters of body that these must leave, or they have found the article as well."""

MAX_ROUNDS: Final = 10
"""Times that what is left is judged again; real pages need one."""

MAX_PULL_QUOTES: Final = 300
"""Blocks in boxes of their own that are looked for in the whole text, which takes time for each."""


class Candidate(NamedTuple):
    """A text block before judgement.

    `share` is the share of its characters that are link text, `element` the rule that marked its element, `matches`
    the text rules that know it wherever they apply; `score` is the evidence that it is body text, 0 to 1, and `hint`
    the removal kind that its surroundings suggest. `repeats` names the metadata field whose words it repeats;
    `box` numbers the element that holds the block and its neighbours, -1 when there is none (dirty text); `teaser` is
    whether it stands in one of a row of cards (see `cards`).
    """

    position: int
    kind: str
    text: str
    share: float = 0.0
    element: Rule | None = None
    matches: tuple[Match, ...] = ()
    score: float = 1.0
    hint: RemovalKind = "other"
    repeats: str = ""
    box: int = -1
    teaser: bool = False


@dataclass(frozen=True, slots=True)
class Stripped:
    """The judgement over all candidates.

    `corrections` and `embeds` are kept, but apart from the body; they are not in `kept`. `names` are pairs of `authors` or `contributors` and the words that a rule's group of that name matched.
    """

    kept: tuple[int, ...]
    removals: tuple[Removal, ...]
    chrome: tuple[Removal, ...]
    names: tuple[tuple[str, str], ...]
    corrections: tuple[int, ...] = ()
    embeds: tuple[int, ...] = ()


def strip_blocks(candidates: Sequence[Candidate], *, floor: float = 0.5, start: int = 0) -> Stripped:
    """Keeps the article's blocks and accounts for all others.

    `floor` is the score below which a block goes; `start` the position from which the article's region may begin
    (its title's), for what stands between the title and the first paragraph.
    """
    candidates = ignore_greedy_element_rules(candidates, floor=floor)
    matches, reasons = judge_until_stable(candidates, floor=floor)
    reasons = relabel_by_neighbours(candidates, reasons)
    first, last = region(candidates, reasons, start=start)
    removals: list[Removal] = []
    chrome: list[Removal] = []
    for block, reason in zip(candidates, reasons, strict=True):
        if reason is None:
            continue
        if first <= block.position <= last:
            removals.append(remove(block, reason))
        else:
            chrome.append(remove(block, outside(reason)))
    untouched = [place for place, reason in enumerate(reasons) if reason is None]
    corrections = [place for place in untouched if is_correction(matches[place])]
    embeds = [place for place in untouched if candidates[place].kind == "embed"]
    apart = {*corrections, *embeds}
    return Stripped(
        kept=tuple(candidates[place].position for place in untouched if place not in apart),
        corrections=tuple(candidates[place].position for place in corrections),
        embeds=tuple(candidates[place].position for place in embeds),
        removals=tuple(removals),
        chrome=tuple(chrome),
        names=tuple(
            name
            for block, match in zip(candidates, matches, strict=True)
            if match and first <= block.position <= last
            for name in match.names
        ),
    )


def judge_until_stable(
    candidates: Sequence[Candidate], *, floor: float
) -> tuple[list[Match | None], list[Reason | None]]:
    """For each block the rule that applies and the reason to take it out, such that nothing more would go a second time.

    What goes moves the article's ends and breaks up company, so that more may go: what is left is judged again.
    """
    matches = choose_matches(candidates, floor=floor)
    reasons = judge(candidates, matches, floor=floor)
    for _ in range(MAX_ROUNDS):
        places = [place for place, reason in enumerate(reasons) if reason is None]
        left = [candidates[place] for place in places]
        applied = choose_matches(left, floor=floor)
        found = judge(left, applied, floor=floor)
        for place, match, reason in zip(places, applied, found, strict=True):
            matches[place], reasons[place] = match, reason
        if not any(found):
            break
    return matches, reasons


def is_correction(match: Match | None) -> bool:
    """Whether a rule knows a block as a correction or an editor's note."""
    return match is not None and match.rule.kind == "correction"


def ignore_greedy_element_rules(candidates: Sequence[Candidate], *, floor: float) -> Sequence[Candidate]:
    """The same blocks without the marks of element rules that would take more of the body than boilerplate is of any.

    What a rule takes is all that its matches hold: `.content p` finds one paragraph after the other.
    """
    taken: Counter[tuple[str, str]] = Counter()
    total = 0
    for block in candidates:
        if block.score >= floor and block.share < 0.5:
            total += len(block.text)
            if block.element:
                taken[block.element.id, block.element.kind] += len(block.text)
    refused = {
        rule
        for (rule, kind), size in taken.items()
        if size > MAX_RULE_SHARE * total and (kind not in LONG_KINDS or total - size < MIN_LEFT_CHARS)
    }
    if not refused:
        return candidates
    return [
        block._replace(element=None) if block.element and block.element.id in refused else block for block in candidates
    ]


def choose_matches(candidates: Sequence[Candidate], *, floor: float) -> list[Match | None]:
    """For each block the first text rule that knows it and applies where it stands."""
    long = [
        place
        for place, block in enumerate(candidates)
        if len(block.text) >= MIN_PARAGRAPH_CHARS
        and block.share < 0.5
        and block.score >= floor
        and not block.element
        and not block.matches
    ]
    first, last = (long[0], long[-1]) if long else (len(candidates), -1)
    return [
        next((match for match in block.matches if in_zone(match.rule, place, first=first, last=last)), None)
        if block.matches
        else None
        for place, block in enumerate(candidates)
    ]


def in_zone(rule: Rule, place: int, *, first: int, last: int) -> bool:
    """Whether a rule for the head or the tail of an article applies at a place."""
    return rule.zone == "any" or (place < first if rule.zone == "head" else place > last)


def judge(candidates: Sequence[Candidate], matches: Sequence[Match | None], *, floor: float) -> list[Reason | None]:
    """For each block the reason to take it out, or None."""
    seen: set[tuple[str, ...]] = set()
    section: Rule | None = None
    reasons: list[Reason | None] = []
    for block, match in zip(candidates, matches, strict=True):
        section = section_after(section, block, match)
        reason = reason_for(block, match, section, floor=floor)
        if reason is None:
            key = fold(block.text)
            if key in seen and is_telling(key) and not recurs(block, reasons):
                reason = REPEAT
            seen.add(key)
        reasons.append(reason)
    return drop_orphan_headings(candidates, take_pull_quotes(candidates, reasons))


def recurs(block: Candidate, before: Sequence[Reason | None]) -> bool:
    """Whether a text that stood before stands here in its own right; `before` are the reasons of all blocks above."""
    follows_copy = bool(before) and before[-1] is not None and before[-1] is REPEAT
    return block.kind in RECURRING and block.score >= SURE_SCORE and not follows_copy


def is_telling(key: tuple[str, ...]) -> bool:
    """Whether a text is long enough to be a copy when it stands twice: in words, or in signs where none set them apart.

    >>> is_telling(("we", "saw", "it")), is_telling(("桟橋の時計は九時二十四分を指していた", "バスは定刻に着いていた"))
    (False, True)
    """
    return len(key) >= MIN_REPEATED_WORDS or bool(
        UNSPACED.search(signs := "".join(key)) and len(signs) >= MIN_REPEATED_CHARS
    )


def take_pull_quotes(candidates: Sequence[Candidate], reasons: Sequence[Reason | None]) -> list[Reason | None]:
    """The same reasons, and one for what stands in a box of its own within the text and word for word in a longer paragraph."""
    kept = [place for place, reason in enumerate(reasons) if reason is None]
    company = Counter(candidates[place].box for place in kept)
    start = next((place for place in kept if len(candidates[place].text) >= MIN_PARAGRAPH_CHARS), len(candidates))
    found = list(reasons)
    alone = (
        place for place in kept if place > start and candidates[place].box >= 0 and company[candidates[place].box] == 1
    )
    keys = {
        place: fold(candidates[place].text)
        for place in islice(alone, MAX_PULL_QUOTES)
        if may_be_pulled(candidates[place])
    }
    if not any(map(is_telling, keys.values())):
        return found
    whole = "\n".join(f" {' '.join(fold(candidates[place].text))} " for place in kept)
    for place, key in keys.items():
        if is_telling(key) and whole.count(f" {' '.join(key)} ") > 1:
            found[place] = PULL_QUOTE
    return found


def may_be_pulled(block: Candidate) -> bool:
    """Whether a block has the form of a pull quote."""
    return block.kind in PULLED and len(block.text) <= MAX_PULL_QUOTE_CHARS and not block.text.endswith(":")


def drop_orphan_headings(candidates: Sequence[Candidate], reasons: Sequence[Reason | None]) -> list[Reason | None]:
    """The same reasons, and for a heading in a box of which nothing else is kept below it, that of what it heads."""
    found = list(reasons)
    below: dict[int, Reason | None] = {}
    keeping: set[int] = set()
    for place in range(len(candidates) - 1, -1, -1):
        block = candidates[place]
        if found[place] is None and block.kind == "heading" and block.box >= 0 and block.box not in keeping:
            reason = below.get(block.box)
            found[place] = reason if reason and reason.kind in HEADED_KINDS else None
        if found[place] is None:
            keeping.add(block.box)
        below[block.box] = found[place]
    return found


def relabel_by_neighbours(candidates: Sequence[Candidate], reasons: Sequence[Reason | None]) -> list[Reason | None]:
    """The same reasons; what went for want of evidence is called what a rule called its neighbours in the same box.

    "The best of the week" above a line to type an address in is of the sign-up that it heads.
    """
    found = list(reasons)
    for places in (range(len(found)), range(len(found) - 1, -1, -1)):
        box, kind = -1, None
        for place in places:
            reason, block = found[place], candidates[place]
            if reason is None or block.box != box:
                box, kind = block.box, None
            if reason is None or box < 0:
                continue
            if not reason.by_score:
                kind = reason.kind if reason.kind in HEADED_KINDS else None
            elif reason.kind == "other" and kind:
                found[place] = reason._replace(kind=kind)
    return found


def reason_for(block: Candidate, match: Match | None, section: Rule | None, *, floor: float) -> Reason | None:
    """The first of: its element's rule, its text's rule, the section it belongs to, the want of evidence."""
    rule = block.element or (match.rule if match else section)
    kind = rule.kind if rule else "other"
    if kind == "correction" or kind == "body":
        return None
    if rule:
        return Reason(rule.id, rule.stage, kind, rule.why)
    if block.repeats == "title" and block.kind == "heading":
        return TITLE
    if block.teaser:
        return CARDS
    if block.score >= (MIN_EMBED_SCORE if block.kind == "embed" else floor):
        signs = block.repeats == "author" and block.kind == "paragraph" and block.score < 1
        return AUTHOR if signs else None
    return COPIED_FIELDS.get(block.repeats) or SCORER._replace(kind=block.hint)


def section_after(section: Rule | None, block: Candidate, match: Match | None) -> Rule | None:
    """The rule whose section a block opens or continues: links and teasers under a heading such as "Related"."""
    if match:
        return match.rule if match.rule.takes == "section" else section
    if section and (
        block.share >= 0.5 or (block.kind in {"list", "heading"} and len(block.text) < MAX_SECTION_ITEM_CHARS)
    ):
        return section
    return None


def region(candidates: Sequence[Candidate], reasons: Sequence[Reason | None], *, start: int) -> tuple[int, int]:
    """First and last position of the article: its kept blocks, and what rules took out right before and after."""
    places = [place for place, reason in enumerate(reasons) if reason is None]
    if not places:
        return (0, -1)
    first, last = places[0], places[-1]
    while first > 0 and (named(reasons[first - 1]) or candidates[first - 1].position >= start > 0):
        first -= 1
    while last + 1 < len(reasons) and named(reasons[last + 1]):
        last += 1
    return candidates[first].position, candidates[last].position


def named(reason: Reason | None) -> bool:
    """Whether a text rule, not mere want of evidence, took a block out."""
    return reason is not None and reason.stage == "text" and not reason.by_score


def outside(reason: Reason) -> Reason:
    """The reason for a block that stands outside of the article: a rule's own, else `OUTSIDE`."""
    if not reason.by_score:
        return reason
    return OUTSIDE if reason.kind == "other" else OUTSIDE._replace(kind=reason.kind)


def remove(block: Candidate | Block, reason: Reason) -> Removal:
    """The ledger's row for a block that is removed. Nothing else in `scraper` makes one."""
    return Removal(reason.id, reason.stage, reason.kind, block.position, block.text)
