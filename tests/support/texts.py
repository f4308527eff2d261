"""Texts without a page: the rules that match them, and their runs of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scraper.rules.matching import Match, match_page
from scraper.rules.ruleset import RuleSet


class Line(NamedTuple):
    """A text alone, and what kind of block it is."""

    text: str
    kind: str


def match_rules(text: str, kind: str, share: float, rules: RuleSet) -> tuple[Match, ...]:
    """The text rules that match one block alone, in table order, in any zone. `share` is the share of link text."""
    return match_page([Line(text, kind)], rules, link_share=lambda place: share)[0]


def ngrams(words: Sequence[str], size: int = 3) -> list[tuple[str, ...]]:
    """Runs of `size` words; fewer words are one run."""
    return list(zip(*(words[at:] for at in range(size)), strict=False)) or [tuple(words)]
