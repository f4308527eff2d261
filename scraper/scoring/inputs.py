"""Inputs of the scorer besides the blocks: learned word odds, and the article as the page's metadata describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: results are cached per instance
class WordOdds:
    """Learned log-odds of words: above 0, the word occurs more often in body text than elsewhere."""

    names: Mapping[str, float] = field(default_factory=dict)  # words of class and id attributes
    words: Mapping[str, float] = field(default_factory=dict)  # words of the text


@dataclass(frozen=True, slots=True)
class PageContext:
    """The article as the page's metadata and JSON-LD describe it, and the rule kind of each block (empty: none)."""

    title: str = ""
    description: str = ""
    article_body: str = ""
    authors: tuple[str, ...] = ()
    rule_kinds: tuple[str, ...] = ()
