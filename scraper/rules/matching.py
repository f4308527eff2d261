"""Applies rules to a page: finds the elements and the text blocks that rules know. Removes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.nodes import INLINE
from scraper.rules.model import Rule
from scraper.rules.ruleset import ANY_PLACE, Places, RuleSet, applies_to
from scraper.rules.selectors import Marks
from scraper.rules.sentences import is_sentence, page_languages
from scraper.rules.thresholds import number, share
from scraper.text.invisible import without_joiners
from scraper.text.words import CACHED_TEXTS

MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
MIN_RUNNING_CHARS: Final = 30
"""Characters of a paragraph that tells a page's language."""
MAX_MATCHED_CHARS: Final = number("MAX_MATCHED_CHARS")


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


class Text(NamedTuple):
    """A block as text rules see it. `link_share` is the share of its characters that are link text."""

    text: str
    kind: str
    link_share: float = 0.0


def match_page(
    texts: Sequence[Text | None],
    rules: RuleSet,
    *,
    language: str = "",
    drop: Callable[[int], bool] = lambda place: False,
) -> tuple[tuple[Match, ...], ...]:
    """The text rules that match each block of a text, in any zone, without those for other languages and those that mistake
    a sentence of the article. `language` is what the page declares; no rule is tried on a block
    that is None, and rules that match a block to `drop` do not count.

    The first running paragraphs tell the language, and are compared with all rules. All further blocks are compared only
    with the rules for that language.
    """
    find = matcher(rules)
    found: list[tuple[Match, ...] | None] = [None if one else () for one in texts]

    def find_at(place: int, one: Text, places: Places) -> tuple[Match, ...]:
        own = find(*one, places)
        own = found[place] = () if own and drop(place) else own
        return own

    running = (
        one.text for place, one in enumerate(texts) if one and is_running(one) and not find_at(place, one, ANY_PLACE)
    )
    languages = page_languages(language, running)
    places = rules.places_for(languages)
    for place, one in enumerate(texts):
        if one and (own := find_at(place, one, places) if (known := found[place]) is None else known):
            found[place] = heeded(own, one, languages)
    return tuple(own or () for own in found)


def is_running(one: Text) -> bool:
    """Whether a block tells the page's language: a paragraph, neither short nor mostly link, which templates borrow."""
    return len(one.text) >= MIN_RUNNING_CHARS and one.kind == "paragraph" and one.link_share < MAX_PARAGRAPH_LINK_SHARE


def match_rules(text: str, kind: str, share: float, rules: RuleSet) -> tuple[Match, ...]:
    """The text rules that match one block alone, in table order, in any zone. `share` is the share of link text."""
    return match_page([Text(text, kind, share)], rules)[0]


def heeded(found: tuple[Match, ...], one: Text, languages: Set[str]) -> tuple[Match, ...]:
    """Of the rules that match a block, those for the page's languages that do not mistake a sentence of the article."""
    text = without_joiners(one.text)
    return tuple(
        match
        for match in found
        if applies_to(match.rule, languages)
        and not is_sentence(text, match.rule, link_share=one.link_share, languages=languages)
    )


@lru_cache(maxsize=4)
def matcher(rules: RuleSet) -> Callable[[str, str, float, Places], tuple[Match, ...]]:
    """`find_matches` for one set of rules, with a cache."""
    return lru_cache(maxsize=CACHED_TEXTS)(partial(find_matches, rules))


def find_matches(rules: RuleSet, text: str, kind: str, share: float, places: Places) -> tuple[Match, ...]:
    """The text rules at these places whose pattern matches a block, whatever the sentence.

    Joiners do not matter: many pages write the same words without.
    """
    if len(text) > MAX_MATCHED_CHARS:
        return ()
    line = without_joiners(text if kind != "code" and "\n" not in text else " ".join(text.split()))
    found = []
    for rule in rules.candidates(line, places):
        if len(line) > rule.max_chars or share < rule.min_link_density or (rule.blocks and kind not in rule.blocks):
            continue
        if match := rules.compiled[rule.id].search(line):
            found.append(Match(rule, tuple((key, value) for key, value in match.groupdict().items() if value)))
    return tuple(found)
