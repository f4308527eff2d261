"""What rules know of a page: the elements that they name, and the text blocks that they recognise. Nothing is taken out here."""

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
from scraper.text.words import CACHE_SIZE

MAX_MATCHED_CHARS: Final = 700
"""Characters above which no text rule is tried: a whole paragraph of that length is no boilerplate line."""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that knows a block, and the names of people it found there."""

    rule: Rule
    names: tuple[tuple[str, str], ...] = ()


def mark_elements(tree: LexborHTMLParser, rules: RuleSet) -> Marks:
    """What element rules take out of a page. Words of a sentence stay, whatever their element is called."""
    marks: dict[int, Rule] = {}
    for node, rule in rules.elements.search(tree):
        if not within_sentence(node):
            marks.setdefault(node.mem_id, rule)
    return Marks(marks, rules.elements)


def within_sentence(node: LexborNode) -> bool:
    """Whether an element is one of the words of a paragraph, a heading or a cell: an inline one, with more text around."""
    outer = node.parent
    if node.tag not in INLINE or outer is None:
        return False
    while outer.tag in INLINE and outer.parent is not None:
        outer = outer.parent
    return len(outer.text().split()) > len(node.text().split())


def match_rules(text: str, kind: str, share: float, rules: RuleSet) -> tuple[Match, ...]:
    """The text rules that know a block, in table order, whatever zone they are for."""
    return matcher(rules)(text, kind, share)


@lru_cache(maxsize=4)
def matcher(rules: RuleSet) -> Callable[[str, str, float], tuple[Match, ...]]:
    """`match_rules` for these rules, which remembers what it has found."""
    return lru_cache(maxsize=CACHE_SIZE)(partial(find_matches, rules))


def find_matches(rules: RuleSet, text: str, kind: str, share: float) -> tuple[Match, ...]:
    """What `match_rules` remembers."""
    if len(text) > MAX_MATCHED_CHARS:
        return ()
    line = text if kind != "code" and "\n" not in text else " ".join(text.split())
    found = []
    for rule in rules.candidates(line):
        if len(line) > rule.max_chars or share < rule.min_link_density or (rule.blocks and kind not in rule.blocks):
            continue
        if match := rules.compiled[rule.id].search(line):
            found.append(Match(rule, tuple((key, value) for key, value in match.groupdict().items() if value)))
    return tuple(found)
