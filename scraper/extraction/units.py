"""Units: a table, a list, a definition list or code listing is judged as one thing, by where it stands.

The scorer scores each row, item and line. Where it is unsure of them together, their place decides: a table between two
paragraphs of an article belongs to it. Where it is sure of all of them, they go. A listing of code between kept blocks
stays in any case: in 781 pages labelled by reading it was the article's own in 77 of 77 cases.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from scraper.blocks.model import Container, PageBlocks
from scraper.extraction.candidates import Candidate
from scraper.rules.thresholds import number, share
from scraper.text.patterns import lazy_pattern
from scraper.text.sentences import SENTENCE_BREAK

MAX_TABLE_LINK_SHARE: Final = share("MAX_TABLE_LINK_SHARE")
MAX_LIST_LINK_SHARE: Final = share("MAX_LIST_LINK_SHARE")
MAX_LIST_GAP: Final = number("MAX_LIST_GAP")
MIN_UNIT_SCORE: Final = share("MIN_UNIT_SCORE")
MIN_INTRO_CHARS: Final = number("MIN_INTRO_CHARS")

UNIT_TAGS: Final = {"table": "table", "pre": "code", "dl": "facts", "ul": "list", "ol": "list"}
"""Elements that are units, with their kind."""
UNIT_BLOCK_KINDS: Final = frozenset({"table", "code", "list"})
"""Kinds of the blocks in units; a definition list's are of kind list."""
WHOLE_KINDS: Final = frozenset({"table", "code", "facts"})
"""Kinds of which no single row, line or term is removed by a text rule."""
COLONS: Final = (":", "：")
"""The ends of a paragraph that introduces a list."""
PAGE_WORDS: Final = lazy_pattern(
    r"\b(?:articles?|stor(?:y|ies)|posts?(?!-)|news|headlines?|blogs?|read(?:ing)?|liked?|see(?=:)|"
    r"artikel\w*|beitr[aä]ge?|meldung\w*|nachricht\w*|lesen|lasen|gelesen|interessier\w*|lire|lisez|actu\w*|rubrique|"
    r"noticias?|notícias?|art[ií]culos?|artigos?|reportage[mn]s?|matérias?|le[ae]r?|leia|ler|interesar\w*|articol[oi]|legg\w+|"
    r"notizi[ae]|interessar\w*|lees|lezen|nieuws|bericht\w*|artyku\w+|czytaj\w*|wiadomo\w+|artik\w+|läs\w*|læs\w*|les|"
    r"nyhe\w+|haber\w*|yazı\w*|oku\w*|ilgini\w*|материал\w*|чита\w+|стать\w+|новост\w+|по теме|новин\w+|article\w*|"
    r"trending|(?:our|full) coverage|(?:this|the) series|more (?:on|about|from)|talking about|previously|you (?:may|might)|"
    r"the(?:ma|men)|mehr zu[mr]?|sujets?|aussi|temas?|informaci[oó]n|gustar\w*|também|piacer\w*|anche|interessant\w*|meer over|"
    r"onderwerp\w*|mere? om|temat\w*|konu\w*|daha fazla\w*)\b|"
    r"記事|関連|ニュース|読|文章|阅读|閱讀|新闻|新聞|相关|相關|기사|뉴스|읽|관련|مقال|اقرأ|أخبار|כתב|קרא|חדש",
    re.IGNORECASE,
)
"""Words for other articles and for reading them: in a paragraph that introduces links to them."""
KEPT_SCORE: Final = 0.5
"""The score of a block in a unit that is kept: as likely as the stripper demands, and no more."""


class Unit(NamedTuple):
    """The places of a unit's blocks among the candidates, in order."""

    kind: str
    places: tuple[int, ...]


def find_units(containers: Sequence[Container], tables: frozenset[int]) -> list[int]:
    """For each container the unit that holds it, as the index of the unit's container; -1: none.

    Of nested units the outer one counts, but of nested tables the inner one: the outer one may be the page's layout.
    `tables` are the tables that have rows.
    """
    units: list[int] = []
    for place, container in enumerate(containers):  # parents come before their children
        outer = units[container.parent] if container.parent >= 0 else -1
        is_table = place in tables
        is_unit = is_table or (container.tag in UNIT_TAGS and container.tag != "table")
        units.append(place if is_unit and (outer < 0 or (is_table and outer in tables)) else outer)
    return units


def tables_with_rows(page: PageBlocks) -> frozenset[int]:
    """The tables that hold rows of cells, and not only paragraphs."""
    found = set()
    for block in page.blocks:
        box = block.container
        while block.kind == "table" and box >= 0 and page.containers[box].tag != "table":
            box = page.containers[box].parent
        if block.kind == "table" and box >= 0:
            found.add(box)
    return frozenset(found)


def keep_units(candidates: Sequence[Candidate], page: PageBlocks, *, floor: float) -> list[Candidate]:
    """The candidates of a page, with a sufficient score for the blocks of units that belong to the article."""
    likely = [is_likely(block, floor=floor) for block in candidates]
    found = list(candidates)
    if not has_broken_unit(candidates, likely):
        return found
    for unit in sorted(units_of(candidates, page), key=lambda unit: unit.places[0]):
        if not belongs(unit, candidates, likely):
            continue
        is_whole = unit.kind in WHOLE_KINDS or is_plain_list(unit, candidates)
        for place in unit.places:
            block = found[place]
            matches = () if is_whole else block.matches
            found[place] = replace(block, score=max(block.score, KEPT_SCORE), matches=matches)
            likely[place] = is_likely(found[place], floor=floor)  # the next unit may stand below this one
    return found


def is_plain_list(unit: Unit, candidates: Sequence[Candidate]) -> bool:
    """Whether a list has no link, and rules know less than half of its items: facts that share words with a rule."""
    blocks = [candidates[place] for place in unit.places]
    known = sum(bool(block.matches) for block in blocks)
    return 2 * known < len(blocks) and not any(block.link_share for block in blocks)


def has_broken_unit(candidates: Sequence[Candidate], likely: Sequence[bool]) -> bool:
    """Whether a row, an item or a line within the article, or right behind it, is not kept: on most pages none."""
    if True not in likely:
        return False
    first, last = likely.index(True), len(likely) - likely[::-1].index(True)
    return any(
        block.kind in UNIT_BLOCK_KINDS and not kept
        for block, kept in zip(candidates[first : last + 1], likely[first : last + 1], strict=True)
    )


def is_likely(block: Candidate, *, floor: float) -> bool:
    """Whether a block will be kept, as far as its score and its own rules tell."""
    return block.score >= floor and not block.element and not block.matches and not block.is_teaser and not block.unseen


def units_of(candidates: Sequence[Candidate], page: PageBlocks) -> list[Unit]:
    """The units of a page. A listing that no element of its own holds is one too."""
    units = find_units(page.containers, tables_with_rows(page))
    places: dict[int, list[int]] = defaultdict(list)
    lone = []
    for place, block in enumerate(page.blocks):
        if units[block.container] >= 0:
            places[units[block.container]].append(place)
        elif block.kind == "code":
            lone.append(Unit("code", (place,)))
    return [*(Unit(UNIT_TAGS[page.containers[unit].tag], tuple(own)) for unit, own in places.items()), *lone]


def belongs(unit: Unit, candidates: Sequence[Candidate], likely: Sequence[bool]) -> bool:
    """Whether a unit that is not kept whole is one of which most is kept, or stands between kept blocks of the article, and
    is no menu.
    """
    blocks = [candidates[place] for place in unit.places]
    if all(likely[place] for place in unit.places) or any(block.element for block in blocks):
        return False
    if unit.kind != "code" and all(block.matches for block in blocks):  # such as a picture and its caption in a table
        return False
    links = link_share_of(unit, candidates)
    least = len(unit.places) + (unit.kind != "facts")  # of facts half are terms, which the scorer knows better
    if 2 * sum(likely[place] for place in unit.places) >= least:
        return unit.kind in WHOLE_KINDS or links < MAX_LIST_LINK_SHARE
    before = next((place for place in range(unit.places[0] - 1, -1, -1) if likely[place]), None)
    after = next((place for place in range(unit.places[-1] + 1, len(likely)) if likely[place]), None)
    if before is None or after is None:
        return False
    if unit.kind == "list" and is_introduced(unit, candidates, before):
        return True
    if unit.kind != "code" and sum(block.score for block in blocks) < MIN_UNIT_SCORE * len(blocks):
        return False
    if unit.kind in WHOLE_KINDS:
        return links < MAX_TABLE_LINK_SHARE
    is_near = unit.places[0] - before <= MAX_LIST_GAP or any(likely[place] for place in unit.places)
    return is_near and links < MAX_LIST_LINK_SHARE


def is_introduced(unit: Unit, candidates: Sequence[Candidate], before: int) -> bool:
    """Whether the kept paragraph at a place, right above a list, says what it lists, links or not, and not other articles."""
    intro = candidates[before]
    return (
        before == unit.places[0] - 1
        and intro.kind == "paragraph"
        and intro.text.endswith(COLONS)
        and len(intro.text) >= MIN_INTRO_CHARS
        and intro.link_share < MAX_LIST_LINK_SHARE
        and not PAGE_WORDS.search(SENTENCE_BREAK.split(intro.text)[-1])
    )


def link_share_of(unit: Unit, candidates: Sequence[Candidate]) -> float:
    """Share of a unit's characters that are link text."""
    blocks = [candidates[place] for place in unit.places]
    return sum(block.link_share * len(block.text) for block in blocks) / max(
        1, sum(len(block.text) for block in blocks)
    )
