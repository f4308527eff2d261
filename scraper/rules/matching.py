"""Applies rules to a page: finds the elements and the text blocks that rules know. Removes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.nodes import INLINE
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet
from scraper.rules.selectors import Marks
from scraper.rules.thresholds import number
from scraper.text.invisible import without_joiners
from scraper.text.words import CACHED_TEXTS

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


def match_rules(text: str, kind: str, share: float, rules: RuleSet) -> tuple[Match, ...]:
    """The text rules that match a block, in table order, in any zone. `share` is the share of link text."""
    return matcher(rules)(text, kind, share)


@lru_cache(maxsize=4)
def matcher(rules: RuleSet) -> Callable[[str, str, float], tuple[Match, ...]]:
    """`match_rules` for one set of rules, with a cache."""
    return lru_cache(maxsize=CACHED_TEXTS)(partial(find_matches, rules))


def find_matches(rules: RuleSet, text: str, kind: str, share: float) -> tuple[Match, ...]:
    """Uncached `match_rules`. Joiners do not matter: many pages write the same words without."""
    if len(text) > MAX_MATCHED_CHARS:
        return ()
    line = without_joiners(text if kind != "code" and "\n" not in text else " ".join(text.split()))
    found = []
    for rule in rules.candidates(line):
        if len(line) > rule.max_chars or share < rule.min_link_density or (rule.blocks and kind not in rule.blocks):
            continue
        if match := rules.compiled[rule.id].search(line):
            found.append(Match(rule, tuple((key, value) for key, value in match.groupdict().items() if value)))
    return tuple(found)
