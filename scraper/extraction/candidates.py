"""Candidates: the blocks of a page with the evidence that the stripper judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from scraper.blocks.columns import BlockColumns, columns_of, container_columns_of
from scraper.blocks.model import PageBlocks
from scraper.extraction.galleries import find_galleries
from scraper.extraction.page_read import MIN_ALL_LINK_SHARE, MIN_TEASER_CHARS, PageRead
from scraper.extraction.site_header import find_site_header
from scraper.extraction.standfirst import find_standfirsts
from scraper.rules.matching import Match
from scraper.rules.model import Rule
from scraper.rules.reasons import AUTHOR, DESCRIPTION, GALLERY, SITE_HEADER, TITLE, Reason
from scraper.rules.thresholds import number, share
from scraper.scoring.class_hints import kind_around
from scraper.scoring.scorer import BlockScores
from scraper.scoring.teaser_cards import find_teasers
from scraper.text.entities import strip_encoding
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold
from scraper.types import Metadata, RemovalKind

T = TypeVar("T")

MIN_BODY_SCORE: Final = share("MIN_BODY_SCORE")
MIN_TITLE_CHARS: Final = number("MIN_TITLE_CHARS")
MAX_KICKER_CHARS: Final = number("MAX_KICKER_CHARS")
MIN_LONG_MENU_CHARS: Final = number("MIN_LONG_MENU_CHARS")
MIN_LONG_MENU_SHARE: Final = share("MIN_LONG_MENU_SHARE")


@dataclass(slots=True)  # a page has a hundred, and a frozen dataclass takes five times as long to make
class Candidate:
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
    matches: tuple[Match, ...] = ()
    score: float = 1.0
    hint: RemovalKind = "other"
    box: int = -1
    holder: int = -1
    element: Rule | None = None
    repeats: Reason | None = None
    is_teaser: bool = False
    unseen: bool = False
    is_standfirst: bool = False
    part: Reason | None = None


def make_candidates(read: PageRead, scores: BlockScores) -> list[Candidate]:
    """The candidates of a page, one per block, in page order.

    Made column by column: most evidence is about a few blocks of a page, and is looked for among these alone.
    """
    page, own = read.blocks, scores.own.tolist()
    at = columns_of(page)
    body = find_named_body(at.rule, read.matches)
    parts = dict.fromkeys(find_galleries(page, scores.own), GALLERY)
    parts |= dict.fromkeys(find_site_header(page), SITE_HEADER)
    kinds: dict[int, RemovalKind] = {}  # that elements suggest
    no, none = [False] * len(own), [None] * len(own)
    columns = (  # in the order of the fields
        range(len(own)),
        at.kind,
        at.text,
        at.link_share,
        set_at(read.matches, {place: without_body(read.matches[place]) for place in body}),
        set_at(own, dict.fromkeys((*parts, *find_long_menus(page, kinds)), 0.0) | dict.fromkeys(body, 1.0)),
        find_hints(page, scores.kinds, kinds),
        [max(box, 0) for box in at.box],
        at.container,
        set_at(at.rule, dict.fromkeys(body)),
        find_repeated(at, read.metadata),
        set_at(no, dict.fromkeys(find_teasers(page, scores.own, host=read.host) - body, True)),
        set_at(at.unseen, dict.fromkeys(body, False)),
        set_at(no, dict.fromkeys(find_standfirsts(read, own) - body, True)),
        set_at(
            none,
            {place: part for place, part in parts.items() if own[place] >= MIN_BODY_SCORE and place not in body},
        ),
    )
    return list(map(Candidate, *columns))


def find_named_body(rules: Sequence[Rule | None], matches: Sequence[Sequence[Match]]) -> set[int]:
    """Places of the blocks of which a rule says that they are body text, by their element or their text."""
    return {
        place
        for place, (rule, own) in enumerate(zip(rules, matches, strict=True))
        if (rule and rule.kind == "body") or (own and len(without_body(own)) < len(own))
    }


def without_body(matches: Sequence[Match]) -> tuple[Match, ...]:
    """The rules that do not say that a block is body text."""
    return tuple([match for match in matches if match.rule.kind != "body"])


def set_at(values: Sequence[T], changed: Mapping[int, T]) -> Sequence[T]:
    """The values, but others at some places."""
    if not changed:
        return values
    found = list(values)
    for place, value in changed.items():
        found[place] = value
    return found


def find_repeated(at: BlockColumns, metadata: Metadata) -> list[Reason | None]:
    """For each block the reason to remove it if it repeats a metadata field."""
    fields = field_reasons(metadata)
    title = "".join(fold(metadata.title))
    sizes = set(map(len, fields))  # the hash of a paragraph's words takes longer than all else
    texts = [strip_encoding(text) if "&" in text or "<" in text else text for text in at.text]
    found = [fields.get(words) if len(words) in sizes else None for words in map(fold, texts)]
    if len(title) >= MIN_TITLE_CHARS:
        for place, kind in enumerate(at.kind):
            if kind == "heading" and found[place] is None and ends_in_title(at.text[place], title):
                found[place] = TITLE
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


def ends_in_title(heading: str, title: str) -> bool:
    """Whether a heading is a kicker and the title, in one element. `title` is folded, without spaces."""
    words = "".join(fold(heading))
    return words.endswith(title) and len(words) - len(title) <= MAX_KICKER_CHARS


def find_long_menus(page: PageBlocks, kinds: dict[int, RemovalKind]) -> list[int]:
    """Places of menus longer than any that the scorer was trained on. The scorer may call one a paragraph.

    `kinds` is the `known` of `kind_around`.
    """
    at, containers = columns_of(page), container_columns_of(page)
    return [
        place
        for place, (chars, link_share) in enumerate(zip(at.chars, at.link_share, strict=True))
        if chars >= MIN_LONG_MENU_CHARS
        and link_share >= MIN_LONG_MENU_SHARE
        and kind_around(containers, at.container[place], kinds) == "navigation"
    ]


def find_hints(page: PageBlocks, said: Sequence[RemovalKind], kinds: dict[int, RemovalKind]) -> list[RemovalKind]:
    """For each block the removal kind by the scorer, else by its surroundings, else by its form: a headline that is all
    link is a teaser. Few blocks need a look at what is around them. `kinds` is the `known` of `kind_around`.
    """
    at, containers = columns_of(page), container_columns_of(page)
    hints = list(said)
    for place, (kind, hint) in enumerate(zip(at.kind, said, strict=True)):
        if kind == "caption":
            hints[place] = "caption"
        elif hint in ("other", "byline"):
            hints[place] = hint = joined_kind(hint, kind_around(containers, at.container[place], kinds))
            is_headline = at.chars[place] >= MIN_TEASER_CHARS
            if hint == "other" and is_headline and at.link_chars[place] >= MIN_ALL_LINK_SHARE * at.chars[place]:
                hints[place] = "related"
    return hints


def joined_kind(said: RemovalKind, around: RemovalKind) -> RemovalKind:
    """The removal kind by the scorer; by the surroundings if it knows none, or to tell an author's box from a byline."""
    is_box = said == "byline" and around == "author-box"
    return around if said == "other" or is_box else said
