"""Applies rules to a page: finds the elements and the text blocks that rules know. Removes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Protocol

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.nodes import INLINE
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet
from scraper.rules.selectors import Marks
from scraper.rules.sentences import is_sentence, page_languages
from scraper.rules.text_index import MAX_MATCHED_CHARS, RuleBits, places_of
from scraper.rules.thresholds import share
from scraper.text.invisible import without_joiners

MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
MAX_CACHED: Final = 2_000
"""Lines whose matches are remembered: those of the last forty pages."""
MIN_RUNNING_CHARS: Final = 30
"""Characters of a paragraph that tells a page's language."""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matches a block, and the names of people in its named groups."""

    rule: Rule
    names: tuple[tuple[str, str], ...] = ()


def mark_elements(tree: LexborHTMLParser, rules: RuleSet) -> Marks:
    """The elements of a page that rules find. An inline element inside a sentence is never marked."""
    marks: dict[int, Rule] = {}
    for node, rule in rules.elements.search(tree):
        if not within_sentence(node):
            marks.setdefault(node.mem_id, rule)
    return Marks(marks, rules.elements)


def within_sentence(node: LexborNode) -> bool:
    """Whether an element is part of a sentence: inline, with more text around it."""
    outer = node.parent
    if node.tag not in INLINE or outer is None:
        return False
    while outer.tag in INLINE and outer.parent is not None:
        outer = outer.parent
    return len(outer.text().split()) > len(node.text().split())


class Text(Protocol):
    """A block as text rules see it."""

    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...


def match_page(
    texts: Sequence[Text | None],
    rules: RuleSet,
    *,
    language: str = "",
    link_share: Callable[[int], float] = lambda place: 0.0,
    drop: Callable[[int], bool] = lambda place: False,
) -> tuple[tuple[Match, ...], ...]:
    """The text rules that match each block of a text, in any zone, without those for other languages and those that mistake
    a sentence of the article. `language` is what the page declares, `link_share` tells the share of a block's characters that
    are link text; no rule is tried on a block that is None, and rules that match a block to `drop` do not count.

    The first running paragraphs tell the language, and are compared with all rules. All further blocks are compared only
    with the rules for that language.
    """
    find = finder_of(rules)
    lines = [line_of(one) if one else "" for one in texts]
    able = rules.index.candidates(lines, [one.kind if one else "" for one in texts], link_share)
    bare: set[int] = set()

    def is_bare(place: int) -> bool:
        """Whether no rule matches a block, for whatever language."""
        if not able[place] or not find(lines[place], able[place]) or drop(place):
            bare.add(place)
        return place in bare

    running = (
        one.text for place, one in enumerate(texts) if one and is_running(one, place, link_share) and is_bare(place)
    )
    languages = page_languages(language, running)
    spoken = rules.spoken_in(languages)
    found: list[tuple[Match, ...]] = [()] * len(texts)
    for place, bits in enumerate(able):
        if bits and place not in bare and (own := find(lines[place], bits & spoken)) and not drop(place):
            one = texts[place]
            found[place] = without_sentences(own, one.text if one else "", link_share(place), languages)
    return tuple(found)


def line_of(one: Text) -> str:
    """The line that the rules' patterns are tried on; empty for a text that is too long.

    Joiners do not matter: many pages write the same words without.
    """
    text = one.text
    if len(text) > MAX_MATCHED_CHARS:
        return ""
    return without_joiners(text if one.kind != "code" and "\n" not in text else " ".join(text.split()))


def is_running(one: Text, place: int, link_share: Callable[[int], float]) -> bool:
    """Whether a block tells the page's language: a paragraph, neither short nor mostly link, which templates borrow."""
    return (
        one.kind == "paragraph" and len(one.text) >= MIN_RUNNING_CHARS and link_share(place) < MAX_PARAGRAPH_LINK_SHARE
    )


@lru_cache(maxsize=4)
def finder_of(rules: RuleSet) -> Callable[[str, RuleBits], tuple[Match, ...]]:
    """`find_matches` for one set of rules, with a cache: three in ten lines stood on one of the last pages."""
    return lru_cache(maxsize=MAX_CACHED)(partial(find_matches, rules))


def find_matches(rules: RuleSet, line: str, among: RuleBits) -> tuple[Match, ...]:
    """Of some text rules those whose pattern matches a line, whatever the sentence."""
    found = []
    for place in places_of(among):
        rule = rules.rules[place]
        if match := rules.compiled[rule.id].search(line):
            found.append(Match(rule, tuple((key, value) for key, value in match.groupdict().items() if value)))
    return tuple(found)


def without_sentences(
    matches: tuple[Match, ...], text: str, link_share: float, languages: frozenset[str]
) -> tuple[Match, ...]:
    """Of the text rules that match a text those that do not mistake a sentence of the article."""
    text = without_joiners(text)
    return tuple(
        [match for match in matches if not is_sentence(text, match.rule, link_share=link_share, languages=languages)]
    )
